import Foundation
import TacetInference
import TacetPolicy
import TacetRefresh
import Testing

@testable import TacetMesh

/// A policy that has no room or time for a step of a model, or for its refresh, is refused, and says what to change.
@Suite struct StepCellsTests {
  private let folder = FileManager.default.temporaryDirectory

  private func refused(_ changes: [String: String]) throws -> String? {
    let bench = try RefreshFixture(changes)
    do throws(MeshError) {
      _ = try StepCells(model: bench.model, policy: bench.policy)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// The newest student takes four messages of 1024 bytes, and more of smaller ones.
  @Test func aRoundMustHaveTheTimeToAskTwice() throws {
    #expect(try refused([:]) == nil)
    #expect(try refused(["every: 2760": "every: 19"]) == nil)
    let short = try #require(try refused(["every: 2760": "every: 18"]))
    #expect(short.contains("refresh.every is 18") && short.contains("use 19 steps or more"))
    let small = try #require(try refused(["bytes: 1024": "bytes: 512"]))
    #expect(small.contains("refresh.every is 30") && small.contains("raise message.bytes"))
    #expect(try refused(["bytes: 1024": "bytes: 512", "every: 2760": "every: 60"]) == nil)
  }

  /// The slots of a tick hold all that a device sends in it, a refresh's messages as well.
  @Test func aQuotaMustGrantEachSlot() throws {
    #expect(try refused(["bytes: 1024": "quota: 2\n  bytes: 1024"]) == nil)
    let tight = try #require(try refused(["bytes: 1024": "quota: 1\n  bytes: 1024"]))
    #expect(tight.contains("message.quota is 1") && tight.contains("raise message.quota"))
    let single = try #require(try refused(["per_tick: 2": "per_tick: 1"]))
    #expect(single.contains("cover.per_tick is 1"))
  }
}
