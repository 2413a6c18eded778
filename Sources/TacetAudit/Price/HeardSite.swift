import TacetInference
package import TacetPolicy
import TacetPrivacy

/// What gateways hear of one site in one run, made in process: for the reference, in which nothing leaves it.
package struct HeardSite {
  /// What is done to what a device releases.
  package enum Noise: Sendable {
    /// Clipped or filtered as the model wants it, and no more.
    case none
    case releases(Policy.Privacy.Releases)
  }

  /// What becomes of a step's counts.
  private enum Counts {
    case filtered(CountHistory, norm: Int)
    case noised(Simulated)
  }

  private let model: ModelPack
  private let site: String
  private let noise: Noise
  /// nil where the model hears activations.
  private var counts: Counts?

  /// A stream, which cannot be copied, in a box of its own: one window after the other, as a node has them.
  private final class Simulated {
    private let plan: ContributionPlan
    private let places: Int
    private var stream: ContributionStream

    init(_ plan: ContributionPlan, places: Int) {
      (self.plan, self.places) = (plan, places)
      stream = ContributionStream(simulationOf: plan, dimension: places)
    }

    /// What is released of a step's bins. A window without room for all of them has ended.
    func release(_ bins: [[Int]]) throws -> [Float] {
      if stream.stepsLeft < bins.count { stream = ContributionStream(simulationOf: plan, dimension: places) }
      return try bins.flatMap { counts in
        stream.countStrangers(counts)
        return try stream.release().values.map { Float($0) / Float(plan.filter.norm) }
      }
    }
  }

  init(model: ModelPack, site: String, noise: Noise) throws {
    (self.model, self.site, self.noise) = (model, site, noise)
    guard case .counts(let features, let taps, _) = model.manifest.cut else { return }
    if case .releases(.contribution(let plan)) = noise {
      counts = .noised(Simulated(plan, places: features.count))
    } else {
      let filter = try CausalFilter(taps: taps)
      counts = .filtered(CountHistory(filter: filter, dimension: features.count), norm: filter.norm)
    }
  }

  /// What is heard of the next step of the run.
  mutating func next(_ window: FloatTensor) throws -> [Float] {
    switch counts {
    case nil: return try activation(of: window)
    case .noised(let stream): return try stream.release(model.counts(in: window))
    case .filtered(var history, let norm):
      let heard = model.counts(in: window).flatMap { bin in
        history.append(bin.map(Int64.init))
        return history.filtered().map { Float($0) / Float(norm) }
      }
      counts = .filtered(history, norm: norm)
      return heard
    }
  }

  private func activation(of window: FloatTensor) throws -> [Float] {
    let activation = try model.embed(window: window, site: site)
    guard case .releases(.anyInput(let parameters)) = noise else { return Self.clipped(activation) }
    let noised = try Releaser().uncharged(simulationOf: activation, parameters: parameters)
    return noised.map { Float($0) / Float(parameters.radius) }
  }

  /// The activation, scaled down to an L2 norm of 1 where it is longer.
  private static func clipped(_ activation: [Float]) -> [Float] {
    let norm = activation.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    return activation.map { Float(Double($0) / max(1, norm)) }
  }
}
