internal import CNoise

/// The releases of one stream window: counts of individuals, filtered causally, noised, as many as were paid for.
///
/// One individual, there or not, moves all of them together by at most Δ (``ContributionPlan/sensitivity``), so that the window is
/// μ-Gaussian differentially private for the unit `contribution` with μ = Δ/σ, however many steps it has.
/// ContributionStream.md, beside this file, states and proves it.
public struct ContributionStream: ~Copyable, Sendable {
  /// The ID of the window that was charged.
  public let window: String
  /// What bounds the individuals.
  public let plan: ContributionPlan
  /// How many numbers each release has.
  public let dimension: Int
  /// How many steps have been released.
  public private(set) var stepsReleased = 0
  private let precision: NoisePrecision
  private var counter: ContributionCounter
  private var history: CountHistory

  /// Begins the window that `reservation` paid for, and uses it up. Nothing of an earlier window is remembered, or in the filter.
  public init(_ reservation: consuming StreamReservation) {
    window = reservation.window
    plan = reservation.plan
    dimension = reservation.dimension
    precision = reservation.precision
    counter = ContributionCounter(plan: reservation.plan, dimension: reservation.dimension)
    history = CountHistory(filter: reservation.plan.filter, dimension: reservation.dimension)
  }

  /// A window that nobody paid for: for simulations, and audits of this mechanism, in which nothing leaves the process.
  /// - Parameters:
  ///   - dimension: how many numbers each release has, 1…``ContributionPlan/largestDimension``.
  package init(simulationOf plan: ContributionPlan, dimension: Int, precision: NoisePrecision = .narrow) {
    self.init(
      StreamReservation(
        device: "", window: "", index: 0, plan: plan, dimension: dimension, precision: precision))
  }

  /// How many steps are still to be released.
  public var stepsLeft: Int { plan.parameters.steps - stepsReleased }

  /// Counts a passage into the step that is under way, if its individual may still add something.
  /// - Parameters:
  ///   - passage: what it adds to the counts, ``dimension`` whole numbers; nearly always one 1 among zeros.
  ///   - track: names the passage: the same track of the same individual counts once in a window.
  ///   - individual: a number below ``ContributionPlan/individuals`` that stands for who passes, the same for all passages
  ///     that are known to be of one individual. Where individuals cannot be told from tracks, each track is one.
  /// - Returns: what became of it. It depends on raw input and stays on the device.
  @discardableResult
  public mutating func count(_ passage: [Int], track: UInt64, of individual: Int) -> Sighting {
    guard stepsLeft > 0 else { return .ended }
    return counter.count(passage, track: track, of: individual)
  }

  /// Counts individuals of whom nothing is known but that each passes once, `counts[i]` of them at place i: from a detector that
  /// counts and tells nobody apart. However many they are, nobody takes another's place, nor that of one with a number.
  /// - Parameter counts: ``dimension`` whole numbers; a passage adds 1 to one of them. Numbers below 0 count nobody.
  /// - Returns: how many of them were not counted: all when the window is over or the dimension another, else none.
  @discardableResult
  public mutating func countStrangers(_ counts: [Int]) -> Int {
    if stepsLeft > 0, counter.count(strangers: counts) { return 0 }
    return counts.reduce(0) { min($0, Int.max - max(0, $1)) + max(0, $1) }
  }

  /// Ends the step that is under way and releases it, with fresh noise. Call it once a step, whatever was counted.
  /// - Throws: `ContributionError.ended` after the last step, `noise` when none could be drawn; the step is spent all the same.
  public mutating func release() throws(ContributionError) -> ContributionRelease {
    guard stepsLeft > 0 else { throw .ended }
    let step = stepsReleased
    stepsReleased += 1
    history.append(counter.counts)
    counter.endStep()
    defer { if stepsLeft == 0 { forget() } }
    var values: [Int16]
    do {
      values = try GaussianSampler.noise(plan.parameters.noiseScale, precision: precision, count: dimension)
    } catch {
      throw .noise(error)
    }
    addFiltered(to: &values)
    return ContributionRelease(values: values, step: step, window: window, parameters: plan.parameters)
  }

  /// Zeroes what the window has remembered.
  private mutating func forget() {
    counter.wipe()
    history.wipe()
  }

  /// `noise` becomes the filtered counts + noise, saturated, in constant time.
  private func addFiltered(to noise: inout [Int16]) {
    var filtered = history.filtered()
    var counts = filtered.map(Self.saturated)
    counts.withUnsafeBufferPointer { source in
      noise.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        cnoise_add(from, min(source.count, target.count), to)
      }
    }
    SecretMemory.wipe(&filtered)
    SecretMemory.wipe(&counts)
  }

  /// The nearest 16-bit number, without a branch. `value` is below 2^62 in magnitude, so that no difference wraps.
  static func saturated(_ value: Int64) -> Int16 {
    let above = (Int64(Int16.max) &- value) >> 63
    let below = (value &- Int64(Int16.min)) >> 63
    let kept = value & ~(above | below)
    return Int16(truncatingIfNeeded: kept | (above & Int64(Int16.max)) | (below & Int64(Int16.min)))
  }
}
