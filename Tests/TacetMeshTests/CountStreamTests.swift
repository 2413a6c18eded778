import Foundation
import TacetPrivacy
import Testing

@testable import TacetMesh

/// What a camera releases of its counts: windows that are charged, each before its first release, and nothing of one in the next.
///
/// Noise has a standard deviation of 8, a count of 100 is worth 1,000 and 500 in the taps' units: that noise hides or makes up a
/// difference of 200 has a probability below 1e-130.
@Suite struct CountStreamTests {
  private let folder: URL
  private let ledger: PrivacyLedger
  private let plan: ContributionPlan
  private let schedule = Schedule(
    start: Date(timeIntervalSince1970: 1000), tick: .seconds(1), steps: nil, stepsPerRun: 7)
  private let device = "camera/site-1"

  /// Windows of 9 releases, three bins a step, runs of seven steps; a budget for three windows.
  init() async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "tacet-counts-\(UUID().uuidString)")
    ledger = try PrivacyLedger.open(folder: folder, create: true)
    plan = try ContributionPlan(filter: CausalFilter(taps: [10, 5]), passages: 1, bound: 1, scale: 8, steps: 9)
    let epsilon = try GaussianAccountant.epsilon(cost: plan.parameters.cost * 3, delta: 1e-6)
    try await ledger.setBudget(try Budget(epsilon: epsilon * 1.001, delta: 1e-6, window: nil), for: device)
  }

  private func stream(
    release: @escaping CountStream.Release = CountStream.released
  ) -> CountStream {
    CountStream(
      device: device, ledger: ledger, plan: plan, schedule: schedule, release: release)
  }

  /// - Parameter counts: of the step's three bins, at the one place.
  private func spoken(_ stream: CountStream, _ step: Int, _ counts: [Int]) async throws -> Camera.Spoken? {
    guard case .release(let spoken) = try await stream.utterance(at: step, counts: counts.map { [$0] }) else {
      return nil
    }
    return spoken
  }

  private func silence(_ stream: CountStream, _ step: Int) async throws -> String? {
    guard case .silence(let reason) = try await stream.utterance(at: step, counts: [[0], [0], [0]]) else { return nil }
    return reason
  }

  private func isNear(_ values: [Int16]?, _ expected: [Int]) -> Bool {
    guard let values, values.count == expected.count else { return false }
    return zip(values, expected).allSatisfy { abs(Int($0) - $1) <= 200 }
  }

  private var charges: UInt64 {
    get async throws { try await ledger.summary(for: device)?.charges ?? 0 }
  }

  @Test func aWindowIsChargedOnceAndFiltered() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let stream = stream()
    let first = try await spoken(stream, 0, [100, 0, 200])
    #expect(isNear(first?.values, [1000, 500, 2000]), "\(String(describing: first))")
    #expect(first?.identifier == "1000/0" && first?.unit == plan.filter.norm)
    let second = try await spoken(stream, 1, [0, 0, 100])
    // Half of the last 200 in the step's first bin.
    #expect(isNear(second?.values, [1000, 0, 1000]), "\(String(describing: second))")
    #expect(try await charges == 1)
  }

  /// Nothing of a window is in the filter of the next.
  @Test func aWindowEndsWithItsSteps() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let stream = stream()
    for step in 0..<3 { #expect(try await spoken(stream, step, [0, 0, 900])?.identifier == "1000/0") }
    let next = try await spoken(stream, 3, [0, 0, 0])
    #expect(next?.identifier == "1000/3" && isNear(next?.values, [0, 0, 0]), "\(String(describing: next))")
    #expect(try await charges == 2)
  }

  @Test func aWindowEndsWithItsRun() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let stream = stream()
    #expect(try await spoken(stream, 6, [0, 0, 900])?.identifier == "1000/6")
    let next = try await spoken(stream, 7, [0, 0, 0])
    #expect(next?.identifier == "1000/7" && isNear(next?.values, [0, 0, 0]), "\(String(describing: next))")
  }

  /// Missed steps take their place in the window, so that counts are not heard later than they were.
  @Test func missedStepsKeepTheTime() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let stream = stream()
    #expect(try await spoken(stream, 0, [0, 0, 900]) != nil)
    #expect(isNear(try await spoken(stream, 2, [0, 100, 0])?.values, [0, 1000, 500]))
    #expect(try await spoken(stream, 3, [0, 0, 0])?.identifier == "1000/3")
    #expect(try await charges == 2)
  }

  /// A bin without noise: nothing of its step is said, and all of its bins are over, so that counts are not heard later than they were.
  @Test(arguments: [[3], [4], [5], [3, 4, 5]]) func aBinWithoutNoiseKeepsTheTime(failing: [Int]) async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let stream = stream { stream throws(ContributionError) in
      let fails = failing.contains(stream.stepsReleased)
      let release = try stream.release()
      guard !fails else { throw .noise(.cipherUnavailable) }
      return release
    }
    #expect(isNear(try await spoken(stream, 0, [0, 0, 0])?.values, [0, 0, 0]))
    await #expect(throws: ContributionError.noise(.cipherUnavailable)) { try await spoken(stream, 1, [0, 100, 900]) }
    let next = try await spoken(stream, 2, [0, 100, 0])
    // Half of the 900 in the step's first bin.
    #expect(isNear(next?.values, [4500, 1000, 500]) && next?.identifier == "1000/0", "\(String(describing: next))")
    // The window has had its nine releases.
    #expect(try await spoken(stream, 3, [0, 0, 0])?.identifier == "1000/3")
    #expect(try await charges == 2)
  }

  /// More than a window has numbers for: all are counted, whoever came before.
  @Test func individualsAreCountedHoweverManyThereWere() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let stream = stream()
    for step in 0..<2 { #expect(try await spoken(stream, step, [40_000, 40_000, 0]) != nil) }
    #expect(isNear(try await spoken(stream, 2, [0, 100, 0])?.values, [0, 1000, 500]))
  }

  @Test func aNewStartIsANewWindow() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try await spoken(stream(), 0, [0, 0, 900])?.identifier == "1000/0")
    let again = stream()
    // Charged before, and so not for it to release.
    #expect(try await silence(again, 0) == "already released")
    let next = try await spoken(again, 1, [0, 0, 0])
    #expect(next?.identifier == "1000/1" && isNear(next?.values, [0, 0, 0]), "\(String(describing: next))")
    #expect(try await charges == 2)
  }

  @Test func aSpentBudgetIsSilence() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let stream = stream()
    for step in [0, 3, 7] { #expect(try await spoken(stream, step, [1, 1, 1]) != nil) }
    #expect(try await silence(stream, 10) == ForecastRecord.budgetSpent)
    #expect(try await silence(stream, 11) == ForecastRecord.budgetSpent)
    #expect(try await charges == 3)
  }

  /// An order holds at once, in the middle of a window; when it is taken back the window goes on.
  @Test func anOrderIsSilence() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let stream = stream()
    #expect(try await spoken(stream, 0, [0, 0, 900]) != nil)
    try await ledger.fallBack(device, by: "admin/a", reason: "test")
    #expect(try await silence(stream, 1) == "fallback: test")
    try await ledger.restore(device, by: "admin/a")
    let after = try await spoken(stream, 2, [0, 0, 100])
    #expect(after?.identifier == "1000/0" && isNear(after?.values, [0, 0, 1000]), "\(String(describing: after))")
    #expect(try await charges == 1)
  }
}
