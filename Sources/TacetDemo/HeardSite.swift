import TacetInference
import TacetPolicy
import TacetPrivacy

/// What gateways hear of one site in one run, made in process: for the reference, in which nothing leaves it.
struct HeardSite {
  /// What is done to what a device releases.
  enum Noise: Sendable {
    /// Clipped or filtered as the model wants it, and no more.
    case none
    case releases(Policy.Privacy.Releases)
  }

  private let model: ModelPack
  private let site: String
  private let noise: Noise
  private var counts: [[Int]] = []
  private var stream: Simulated?

  /// A stream, which cannot be copied, in a box of its own.
  private final class Simulated {
    var stream: ContributionStream
    let norm: Float

    init(_ plan: ContributionPlan, places: Int) {
      stream = ContributionStream(simulationOf: plan, dimension: places)
      norm = Float(plan.filter.norm)
    }

    func release(_ counts: [Int]) throws -> [Float] {
      _ = stream.countStrangers(counts)
      return try stream.release().values.map { Float($0) / norm }
    }
  }

  init(model: ModelPack, site: String, noise: Noise) {
    (self.model, self.site, self.noise) = (model, site, noise)
    if case .releases(.contribution(let plan)) = noise, case .counts(let features, _, _) = model.manifest.cut {
      stream = Simulated(plan, places: features.count)
    }
  }

  /// What is heard of the next step of the run.
  mutating func next(_ window: FloatTensor) throws -> [Float] {
    switch model.manifest.cut {
    case .activation: try activation(of: window)
    case .counts(_, let taps, _): try counts(in: window, taps)
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

  private mutating func counts(in window: FloatTensor, _ taps: [Int]) throws -> [Float] {
    let bins = model.counts(in: window)
    if let stream { return try bins.flatMap(stream.release) }
    let norm = Float(taps.reduce(0) { $0 + $1 * $1 }).squareRoot().rounded(.up)
    return bins.flatMap { bin in
      counts.append(bin)
      return bin.indices.map { place in
        Float(zip(taps, counts.reversed()).reduce(0) { $0 + $1.0 * $1.1[place] }) / norm
      }
    }
  }
}
