import Foundation
import Testing

@testable import TacetPrivacy

/// No noise is ever drawn twice, however often the process or its state is copied. 256 samples agree by chance with
/// probability below 0.036²⁵⁶ < 1e-360.
@Suite(.serialized) struct FreshNoiseTests {
  static let count = 256

  static func release(for reservation: consuming Reservation) throws(ReleaseError) -> [Int16] {
    try Releaser().release(Array(repeating: 0, count: count), for: reservation).values
  }

  @Test("A forked process and its parent draw different noise")
  func forkedProcessesDiffer() throws {
    let sampler = try GaussianSampler(scale: 8)
    // Whatever a process may keep between draws exists by now.
    let before = try sampler.sample(count: Self.count)
    let child = try #require(try ForkedChild { try? sampler.sample(count: Self.count) }.samples(count: Self.count))
    let parent = try sampler.sample(count: Self.count)
    #expect(child.contains { $0 != 0 })
    #expect(child != parent && child != before && parent != before)
  }

  @Test("A restored copy of the state folder charges again what was charged, with other noise")
  func restoredSnapshotDiffers() async throws {
    let sandbox = LedgerSandbox()
    let snapshot = sandbox.folder.appendingPathExtension("copy")
    defer { try? FileManager.default.removeItem(at: snapshot) }
    // A ledger closes its files a moment after it is let go; held, none of them comes or goes while folders are copied.
    let original = try sandbox.open()
    try await original.setBudget(Budget(epsilon: 8, delta: 1e-6, window: nil), for: "camera-1")
    try FileManager.default.copyItem(at: sandbox.folder, to: snapshot)
    let first = try await Self.chargeAndRelease(original)
    let elsewhere = sandbox.folder.appendingPathExtension("original")
    defer { try? FileManager.default.removeItem(at: elsewhere) }
    try FileManager.default.moveItem(at: sandbox.folder, to: elsewhere)
    try FileManager.default.copyItem(at: snapshot, to: sandbox.folder)
    let restored = try sandbox.open()
    let second = try await Self.chargeAndRelease(restored)
    #expect(first != second)
    withExtendedLifetime((original, restored)) {}
  }

  private static func chargeAndRelease(_ ledger: PrivacyLedger) async throws -> [Int16] {
    let charge = try await ledger.charge(
      device: "camera-1", release: "the-same", parameters: ReleaseParameters(radius: 4, scale: 64), dimension: count)
    guard case .granted(let reservation) = consume charge else {
      Issue.record("the charge was not granted")
      return []
    }
    return try release(for: reservation)
  }
}
