import Foundation

/// The project's fixtures.
enum Fixture {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures", isDirectory: true)

  /// The model packs.
  static let models = root.appendingPathComponent("models", isDirectory: true)
  /// Four hand-written models, made by `Scripts/make_tiny_pack.py`.
  static let tiny = models.appendingPathComponent("tiny", isDirectory: true)

  /// A copy of the tiny pack that a test may damage.
  static func copyOfTiny(in folder: TemporaryFolder) throws -> URL {
    let copy = folder.url.appendingPathComponent("pack", isDirectory: true)
    try FileManager.default.copyItem(at: tiny, to: copy)
    return copy
  }
}
