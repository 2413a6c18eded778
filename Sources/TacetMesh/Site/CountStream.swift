import Foundation
package import TacetPrivacy

/// The counts of a camera as they leave it: one stream window after the other, each charged before its first release.
///
/// A window ends after as many releases as its plan has, or with its run; a camera that was started again begins another, since nothing
/// of the one before is left but its charge. Steps that were missed are released to nobody, so that the filter keeps the time.
package actor CountStream {
  /// Releases the step of a stream that is under way, which is spent whatever comes of it.
  package typealias Release = @Sendable (inout ContributionStream) throws(ContributionError) -> ContributionRelease

  private let device: String
  private let ledger: PrivacyLedger
  private let plan: ContributionPlan
  private let schedule: Schedule
  private let release: Release
  private var open: Window?

  /// A stream window that was paid for.
  private final class Window {
    let identifier: String
    /// The first step of the run that it belongs to.
    let run: Int
    var stream: ContributionStream
    /// The step that it goes on with.
    var next: Int

    init(_ reservation: consuming StreamReservation, run: Int, beginning: Int) {
      identifier = reservation.window
      (self.run, next) = (run, beginning)
      stream = ContributionStream(reservation)
    }

    /// Counts who passed in each bin of a step, `counts[bin][i]` of them at place i, and releases the bins. They are all over afterwards,
    /// also where one had no noise, so that the filter keeps the time.
    func release(_ counts: [[Int]], by release: Release) throws(ContributionError) -> [Int16] {
      next += 1
      var values: [Int16] = []
      var failure: ContributionError?
      for bin in counts {
        // Nobody is left out: the window has a step for every bin, and each bin the places that were charged.
        stream.countStrangers(bin)
        do throws(ContributionError) {
          values += try release(&stream).values
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      return values
    }
  }

  /// - Parameters:
  ///   - plan: a passage adds 1 to one count, so that a bound of 1 is enough.
  ///   - release: what releases a step; another than the stream's own is for tests.
  package init(
    device: String, ledger: PrivacyLedger, plan: ContributionPlan, schedule: Schedule,
    release: @escaping Release = CountStream.released
  ) {
    self.device = device
    self.ledger = ledger
    self.plan = plan
    self.schedule = schedule
    self.release = release
  }

  /// The stream's own.
  package static let released: Release = { stream throws(ContributionError) in try stream.release() }

  /// What the camera says at `step` of who passed in each of its bins, oldest first, as many places in each.
  ///
  /// Nothing here looks at the counts to decide whether to speak.
  /// - Throws: `LedgerError`; `ContributionError` when there was no noise.
  package func utterance(at step: Int, counts: [[Int]]) async throws -> Camera.Utterance {
    if let order = try await ledger.fallback(of: device) { return .silence(reason: "fallback: \(order.reason)") }
    if let open, !reaches(step, open, bins: counts.count) { self.open = nil }
    if open == nil, let refusal = try await begin(at: step, places: counts.first?.count ?? 0) { return refusal }
    guard let window = open else { return .silence(reason: "fault") }
    let nobody = counts.map { [Int](repeating: 0, count: $0.count) }
    while window.next < step { _ = try? window.release(nobody, by: release) }
    return .release(
      Camera.Spoken(
        identifier: window.identifier, values: try window.release(counts, by: release), unit: plan.filter.norm))
  }

  private func reaches(_ step: Int, _ window: Window, bins: Int) -> Bool {
    window.run == schedule.beginningOfRun(of: step) && step >= window.next
      && (step - window.next + 1) * bins <= window.stream.stepsLeft
  }

  /// Charges the next window.
  /// - Returns: why there is none; nil when there is.
  private func begin(at step: Int, places: Int) async throws(LedgerError) -> Camera.Utterance? {
    let name = "\(Int(schedule.start.timeIntervalSince1970))/\(step)"
    switch try await ledger.charge(device: device, window: name, plan: plan, dimension: places) {
    case .granted(let reservation):
      open = Window(reservation, run: schedule.beginningOfRun(of: step), beginning: step)
      return nil
    case .alreadyCharged: return .silence(reason: "already released")
    case .denied(.fallback(let order)): return .silence(reason: "fallback: \(order.reason)")
    case .denied: return .silence(reason: ForecastRecord.budgetSpent)
    }
  }
}
