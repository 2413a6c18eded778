internal import Foundation
internal import NIOHTTP1

/// An answer of the authority: a status, and a body of one kind.
struct HTTPAnswer: Sendable {
  let status: HTTPResponseStatus
  let contentType: String
  let body: [UInt8]
  /// A mark of the content, by which a client that has it already is told so (RFC 9110 §8.8.3); nil for none.
  var tag: String?

  /// A document.
  static func document(_ body: [UInt8], _ contentType: String, tag: String? = nil) -> HTTPAnswer {
    HTTPAnswer(status: .ok, contentType: contentType, body: body, tag: tag)
  }

  /// JSON.
  static func json(_ value: some Encodable) -> HTTPAnswer {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let body = try? encoder.encode(value) else {
      return .error(.internalServerError, "the answer cannot be written")
    }
    return .document(Array(body), "application/json")
  }

  /// What was wrong, on one line, as `{"error": …}`.
  static func error(_ status: HTTPResponseStatus, _ message: String) -> HTTPAnswer {
    let body = (try? JSONEncoder().encode(["error": message])) ?? Data()
    return HTTPAnswer(status: status, contentType: "application/json", body: Array(body))
  }
}

/// A request to the authority, read whole.
struct HTTPRequest: Sendable {
  let method: HTTPMethod
  /// Without a query.
  let path: String
  let body: [UInt8]
  /// The marks of what the client has already.
  let known: [String]
}
