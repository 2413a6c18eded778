package import Foundation

/// Whether a device takes part in the mesh, or an administrator has sent it to its student; survives a restart.
package actor DeviceMode {
  /// The administrator's order in force.
  package struct Fallback: Codable, Sendable, Hashable {
    package let reason: String
    package let since: Date
  }

  /// The order in force, or nil when the device takes part.
  package private(set) var fallback: Fallback?
  /// Whether the ledger denied the last charge: the budget is spent.
  package private(set) var isSpent = false
  private let file: URL

  /// Reads the mode last set from the node's state folder.
  /// - Throws: ``MeshError`` when the file is there but is not a mode: a device must not forget an order in silence.
  package init(in folder: URL) throws(MeshError) {
    file = folder.appendingPathComponent("fallback.json")
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    do {
      fallback = try JSONDecoder().decode(Fallback.self, from: Data(contentsOf: file))
    } catch {
      throw .badInput("\(file.path) is not a fallback order: remove it to restore the device")
    }
  }

  /// Sends the device to its student; durable before this returns.
  package func fallBack(reason: String) throws {
    let order = Fallback(reason: reason, since: Date())
    try JSONEncoder().encode(order).write(to: file, options: .atomic)
    fallback = order
  }

  /// Notes how the ledger answered.
  package func note(isSpent: Bool) {
    self.isSpent = isSpent
  }

  /// Lets the device take part again.
  package func restore() throws {
    if FileManager.default.fileExists(atPath: file.path) {
      try FileManager.default.removeItem(at: file)
    }
    fallback = nil
  }
}
