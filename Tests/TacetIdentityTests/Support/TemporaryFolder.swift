import Foundation

/// A folder (0700) of one test; it goes with the value that holds it.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("identity-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// Writes a file with the given permissions.
  @discardableResult
  func write(_ text: String, to name: String, mode: Int = 0o600) throws -> URL {
    try Data(text.utf8).write(to: file(name))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file(name).path)
    return file(name)
  }

  /// The permissions of a file.
  static func mode(_ url: URL) throws -> Int {
    let value = try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions]
    return (value as? NSNumber)?.intValue ?? -1
  }
}
