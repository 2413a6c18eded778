package import TacetInference
public import TacetPrivacy
package import TacetTrust

/// How devices refresh their student together: what each says in a round, and what it costs.
public struct RefreshParameters: Hashable, Sendable {
  /// How many steps of the mesh a round has: so many samples a device adds up, and then says once what they say.
  public let steps: Int
  /// Whatever happens at a sensor within so many seconds is hidden.
  public let eventSeconds: Int
  /// c, m and S: how far each sample is clipped, how many samples an event reaches, and the noise on their sum.
  public let sum: EventSum.Parameters
  /// How far apart the sums of honest devices may be without noise, as a share of the most, c times the steps, that one can be long.
  public let spread: Double

  /// The usual ``spread``: two devices may say the opposite of each other, half as clearly as is possible.
  public static let usualSpread = 1.0
  /// The most steps of a round, where a sample is clipped to one grid unit.
  public static let mostSteps = Int(Int16.max)

  /// - Parameters:
  ///   - steps: 1 to ``mostSteps``, and no more than `sum` may add.
  ///   - eventSeconds: 1 or more.
  /// - Throws: ``RefreshError``.
  ///   - spread: above 0, at most 2.
  public init(
    steps: Int, eventSeconds: Int, sum: EventSum.Parameters, spread: Double = usualSpread
  ) throws(RefreshError) {
    guard (1...sum.mostWindows).contains(steps) else {
      throw RefreshError(
        .badInput,
        "a round of \(steps) steps, each clipped to \(sum.clip): from 1 to \(sum.mostWindows) steps fit 16 bits")
    }
    guard eventSeconds >= 1 else { throw RefreshError(.badInput, "an event of \(eventSeconds) s: give 1 or more") }
    guard spread > 0, spread <= 2 else {
      throw RefreshError(.badInput, "a spread of \(spread): give a number above 0, at most 2")
    }
    (self.steps, self.eventSeconds, self.sum, self.spread) = (steps, eventSeconds, sum, spread)
  }

  /// The same with other rounds, or another clip at the same μ, or as near as whole numbers come with no less noise.
  /// - Throws: ``RefreshError``.
  package func with(steps: Int?, clip: Int?) throws(RefreshError) -> RefreshParameters {
    let clip = max(0, min(clip ?? sum.clip, ReleaseParameters.largestRadius + 1))
    let scale = (sum.window.scale * clip + sum.clip - 1) / sum.clip
    let sum: EventSum.Parameters
    do {
      sum = try EventSum.Parameters(clip: clip, reach: self.sum.reach, scale: scale)
    } catch {
      throw RefreshError(.badInput, "a clip of \(clip) and a scale of \(scale), at the same μ: \(error)")
    }
    return try RefreshParameters(steps: steps ?? self.steps, eventSeconds: eventSeconds, sum: sum, spread: spread)
  }

  /// How far apart the releases of two honest devices may be, in grid units.
  package var honest: NoiseBound {
    NoiseBound(
      variance: Double(sum.window.noiseScale.variance) + 1.0 / 12, diameter: spread * Double(sum.clip * steps))
  }

  /// Checks that an event reaches no more samples of a model than is paid for.
  /// - Throws: ``RefreshError``.
  package func require(_ manifest: ModelManifest) throws(RefreshError) {
    let reached = manifest.samples(within: eventSeconds)
    guard reached <= sum.reach else {
      throw RefreshError(
        .badInput,
        "an event of \(eventSeconds) s is in up to \(reached) samples of the model \(manifest.model), the policy pays for "
          + "\(sum.reach): raise refresh.reach, or shorten refresh.event")
    }
  }
}
