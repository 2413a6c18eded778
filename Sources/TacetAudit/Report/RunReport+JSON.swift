public import Foundation

extension RunReport {
  /// The report as a JSON object: snake_case keys, sorted; dates as RFC 3339; absent figures left out.
  ///
  /// - Throws: `RunReportError.notFinite` when a figure that must exist is infinite or NaN.
  public func json() throws(RunReportError) -> Data { try Self.json(of: self) }

  /// Any report as such an object.
  static func json(of report: some Encodable) throws(RunReportError) -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return try encoder.encode(report)
    } catch EncodingError.invalidValue(_, let context) {
      throw .notFinite(path(context.codingPath))
    } catch {
      throw .notFinite("document")
    }
  }

  /// Reads what `json()` wrote.
  ///
  /// - Throws: `RunReportError` when the data is not a report of this schema, or says of its claims what they do not.
  public init(json: Data) throws(RunReportError) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.dateDecodingStrategy = .iso8601
    guard let version = try? decoder.decode(Version.self, from: json) else { throw .notAReport("no field schema") }
    guard version.schema == Self.currentSchema else { throw .unsupportedSchema(version.schema) }
    do {
      self = try decoder.decode(Self.self, from: json)
    } catch {
      throw .notAReport(Self.place(of: error))
    }
    guard holds == Self.allHold(claims) else { throw .verdictDisagrees }
  }

  private struct Version: Decodable {
    let schema: Int
  }

  /// Where in the document decoding stopped, as `summary.mae: what is wrong`.
  private static func place(of error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context): "\(path(context.codingPath + [key])): missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      "\(path(context.codingPath)): not a value of its type"
    default: "not JSON"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.isEmpty ? "document" : keys.map(\.stringValue).joined(separator: ".")
  }
}
