import Foundation

/// The project's fixtures.
enum Fixture {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures", isDirectory: true)

  /// Four hand-written models, made by `Scripts/make_tiny_pack.py`.
  static let tiny = root.appendingPathComponent("models/tiny", isDirectory: true)
  /// The traffic model.
  static let traffic = root.appendingPathComponent("models/traffic", isDirectory: true)
  /// Whether the traffic model has been trained in this checkout.
  static let hasTraffic = FileManager.default.fileExists(atPath: traffic.appendingPathComponent("vectors.json").path)

  /// A copy of the tiny pack that a test may damage.
  static func copyOfTiny(in folder: TemporaryFolder) throws -> URL {
    let copy = folder.url.appendingPathComponent("pack", isDirectory: true)
    try FileManager.default.copyItem(at: tiny, to: copy)
    return copy
  }
}
