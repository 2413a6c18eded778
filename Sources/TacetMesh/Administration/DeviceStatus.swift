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
  /// The ε spent so far in the budget's window: information, the guarantee is the budget.
  package var epsilonSpent: Double?
  package var charges: UInt64?

  /// As compact JSON, to travel inside a message.
  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// Reads what ``text()`` wrote; nil for anything else.
  static func parse(_ text: String) -> Self? {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try? decoder.decode(Self.self, from: Data(text.utf8))
  }
}
