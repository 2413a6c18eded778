package import TacetInference
package import TacetPrivacy
package import TacetRefresh
package import TacetTrust

/// A refresh of the student played over recordings, in process: what it is worth, and what liars among the devices do to it.
///
/// Devices have some runs of the recordings, the aggregator a hold-out of others, and what came of it is judged by a third part, which
/// nobody saw. Every sum is made, clipped and noised as a device does it.
package struct RefreshTrial: Sendable {
  /// Which runs of a recording are whose.
  package struct Split: Sendable, Hashable {
    package let devices: Range<Int>
    package let holdOut: Range<Int>
    package let test: Range<Int>

    package init(devices: Range<Int>, holdOut: Range<Int>, test: Range<Int>) {
      (self.devices, self.holdOut, self.test) = (devices, holdOut, test)
    }
  }

  /// What liars send in the place of their own sums, given what the honest ones send.
  package typealias Lies = (_ honest: [[Float]], _ own: [[Float]], _ aggregator: Aggregator) throws -> [[Float]?]

  /// What came of all rounds.
  package struct Outcome: Sendable, Hashable {
    /// The mean absolute errors of the test part.
    package let before: Double
    package let after: Double
    /// How many rounds found a better student.
    package let published: Int
  }

  private let model: ModelPack
  private let policy: (parameters: RefreshParameters, aggregator: Aggregator)
  /// For each whole round, the samples of each device.
  private let rounds: [[[StudentSample]]]
  private let holdOut: HoldOut
  private let test: [StudentSample]

  /// - Throws: `RefreshError` when the recordings are too short for a round, or for the hold-out; `InferenceError`.
  package init(
    model: ModelPack, recordings: SiteRecordings, split: Split, parameters: RefreshParameters, aggregator: Aggregator
  ) throws {
    try model.requireFeatures()
    try parameters.require(model.manifest)
    self.model = model
    policy = (parameters, aggregator)
    let feeds = try recordings.feeds(of: model.manifest)
    func samples(_ runs: Range<Int>) throws -> [[StudentSample]] {
      try zip(feeds, model.manifest.sites).map { feed, site in
        guard !runs.isEmpty, runs.lowerBound >= 0, runs.upperBound * feed.stepsPerRun <= feed.steps else {
          throw RefreshError(
            .badInput, "the recordings have runs 0 to \(feed.steps / feed.stepsPerRun - 1), not \(runs)")
        }
        let steps = (runs.lowerBound * feed.stepsPerRun)..<(runs.upperBound * feed.stepsPerRun)
        return try StudentTrace.samples(of: feed, model: model, site: site, steps: steps)
      }
    }
    let devices = try samples(split.devices)
    let stepsPerRun = feeds.first?.stepsPerRun ?? 1
    let steps = (split.devices.lowerBound * stepsPerRun)..<(split.devices.upperBound * stepsPerRun)
    rounds = stride(from: steps.lowerBound, through: steps.upperBound - parameters.steps, by: parameters.steps).map {
      first in devices.map { $0.filter { (first..<(first + parameters.steps)).contains($0.step) } }
    }
    guard !rounds.isEmpty else {
      throw RefreshError(
        .badInput,
        "the devices' runs are shorter than a round of \(parameters.steps) steps: give more, or lower refresh.every")
    }
    holdOut = try HoldOut(samples(split.holdOut), blocksOf: parameters.sum.reach)
    test = try samples(split.test).flatMap { $0 }
  }

  /// The model's name, and that of the rule.
  package var modelName: String { model.manifest.model }
  package var rule: String { policy.aggregator.rule.name.rawValue }
  package var parameters: RefreshParameters { policy.parameters }

  /// The mean absolute error of the test part with the student as it was trained.
  package var errorBefore: Double { blank.map(error) ?? 0 }

  /// How many rounds there are.
  package var roundCount: Int { rounds.count }

  /// How many devices take part.
  package var deviceCount: Int { model.manifest.sites.count }

  /// Plays all rounds. The last `liars` devices lie. A round in which too few are heard for the rule leaves the head as it was, as at a node.
  /// - Parameters:
  ///   - isNoised: whether the honest devices' sums have their noise.
  ///   - lies: what liars send; nil for one that sends nothing.
  package func play(isNoised: Bool = true, liars: Int = 0, lies: Lies? = nil) throws -> Outcome {
    guard let blank else { throw RefreshError(.badInput, "the student has no features") }
    let refinement = HeadRefinement(parameters: policy.parameters, aggregator: policy.aggregator, holdOut: holdOut)
    var (head, published) = (blank, 0)
    for samples in rounds {
      let all = try samples.map { try sum($0, head, isNoised: isNoised) }
      var sums = Array(all.dropLast(liars))
      if let lies {
        let (honest, own) = (sums.map { $0.map(Float.init) }, all.suffix(liars).map { $0.map(Float.init) })
        sums += try lies(honest, own, policy.aggregator).compactMap { $0.map(Self.whole) }
      }
      let named = Dictionary(uniqueKeysWithValues: sums.enumerated().map { ("device-\($0)", $1) })
      do {
        let outcome = try refinement.refine(head, by: named)
        if outcome.step > 0 { (head, published) = (outcome.head, published + 1) }
      } catch is AggregationError {
        continue
      }
    }
    return Outcome(before: error(with: blank), after: error(with: head), published: published)
  }

  private func sum(
    _ samples: [StudentSample], _ head: StudentHead, isNoised: Bool
  ) throws -> [Int16] {
    var round = try DeviceRound(head: head, parameters: policy.parameters)
    for sample in samples { round.add(sample) }
    let sum = round.ended()
    return isNoised ? try sum.uncharged() : sum.exact
  }

  /// What fits a message: the nearest 16-bit numbers; a liar's NaN is none.
  private static func whole(_ lie: [Float]) -> [Int16] {
    lie.map { $0.isNaN ? 0 : Int16(max(-32_768, min(32_767, $0.rounded()))) }
  }

  /// The student as it was trained.
  private var blank: StudentHead? {
    try? StudentHead(horizon: model.manifest.horizon, features: model.studentFeatures)
  }

  private func error(with head: StudentHead) -> Double {
    test.reduce(0) { $0 + $1.error(with: head) } / Double(max(1, test.count))
  }
}
