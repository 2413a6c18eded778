import Foundation
import TacetInference
import TacetLog

@testable import TacetRefresh

/// A folder of its own for one test, removed afterwards, and a model pack of the fixtures.
final class RefreshSandbox: Sendable {
  let folder: URL
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures")

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-refresh-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

  static func pack() throws -> ModelPack {
    try ModelPack.load(from: fixtures.appendingPathComponent("models/traffic-counts"))
  }

  static func head(_ values: [Float] = [Float](repeating: 0, count: 12)) throws -> StudentHead {
    try StudentHead(horizon: 4, features: values.count / 4, coefficients: values)
  }

  /// A sample whose student is off by `bias`, at a step.
  static func sample(_ step: Int, bias: Float, features: [Float] = [1, 0]) -> StudentSample {
    StudentSample(step: step, forecast: [5, 5, 5, 5], features: features, target: [5, 5, 5, 5].map { $0 + bias })
  }
}
