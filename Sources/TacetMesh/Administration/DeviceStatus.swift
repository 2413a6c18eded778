import Foundation

/// What a device says of itself to an administrator.
package struct DeviceStatus: Codable, Sendable, Hashable {
  /// What a device is doing.
  package enum Mode: String, Codable, Sendable {
    /// It takes part.
    case mesh
    /// Its budget is spent: its student answers.
    case exhausted
    /// An administrator sent it to its student.
    case fallback
    /// It could not be asked.
    case unreachable
  }

  package var device: String
  package var mode: Mode
  package var reason: String?
  /// Who sent it to its student, a SPIFFE ID.
  package var by: String?
  /// When that was, in seconds since 1970.
  package var since: UInt64?
  /// The ε spent so far in the budget's window: information, the guarantee is the budget.
  package var epsilonSpent: Double?
  package var charges: UInt64?

  /// As compact JSON, to travel inside a message: in at most `limit` bytes, for which long texts are cut.
  func text(limit: Int = 256) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var status = self
    while true {
      let text = String(decoding: try encoder.encode(status), as: UTF8.self)
      if text.utf8.count <= limit { return text }
      if status.by?.isEmpty == false, status.by?.count ?? 0 >= status.reason?.count ?? 0 {
        status.by?.removeLast()
      } else if status.reason?.isEmpty == false {
        status.reason?.removeLast()
      } else {
        return text
      }
    }
  }

  /// Reads what ``text()`` wrote; nil for anything else.
  static func parse(_ text: String) -> Self? {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try? decoder.decode(Self.self, from: Data(text.utf8))
  }
}
