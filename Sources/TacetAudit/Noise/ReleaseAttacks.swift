package import TacetPrivacy

/// The attacks on noised activations: inputs as far apart as there are, and inputs that are no numbers.
package struct ReleaseAttacks: Sendable {
  /// Releases activations one after the other, each with noise of its own.
  package typealias Mechanism = @Sendable (_ inputs: [[Float]], _ parameters: ReleaseParameters) throws -> [Int16]

  /// What a release is charged by.
  package let parameters: ReleaseParameters
  /// How many numbers each release has.
  package let dimension: Int

  /// The most numbers that a release may have.
  package static let mostNumbers = 512

  /// - Throws: ``NoiseAuditError/dimensionOutOfRange(_:most:)`` unless `dimension` is 1…``mostNumbers``.
  package init(parameters: ReleaseParameters, dimension: Int) throws(NoiseAuditError) {
    guard (1...Self.mostNumbers).contains(dimension) else {
      throw .dimensionOutOfRange(dimension, most: Self.mostNumbers)
    }
    (self.parameters, self.dimension) = (parameters, dimension)
  }

  /// What the device runs, without a charge: nothing leaves the process.
  package static func released(from precision: NoisePrecision) -> Mechanism {
    { inputs, parameters in
      try inputs.flatMap { try Releaser().uncharged(simulationOf: $0, parameters: parameters, precision: precision) }
    }
  }

  /// All attacks, on a mechanism that says it is that of the parameters and draws from a table.
  package func all(on mechanism: @escaping Mechanism, precision: NoisePrecision) -> [NoiseAttack] {
    let axis = (0..<dimension).map { Float($0 == 0 ? 1 : 0) }
    let dense = [Float](repeating: 1 / Float(dimension).squareRoot(), count: dimension)
    let huge = (0..<dimension).map { Float($0 == 0 ? Float.greatestFiniteMagnitude : 1) }
    let noNumbers = (0..<dimension).map { [Float.nan, .infinity, -.infinity][$0 % 3] }
    let zero = [Float](repeating: 0, count: dimension)
    var random = LeakGenerator(seed: 1)
    let pair = (0..<2).map { _ in (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) } }
    return [
      attack("farthest pair", "all of the norm in one number, and its opposite", [axis], [negative(axis)]),
      attack("farthest pair, spread", "the norm spread over all numbers, and its opposite", [dense], [negative(dense)]),
      attack("random pair", "two inputs in directions of their own", [pair[0]], [pair[1]]),
      // What is no number counts as 0, which is R from any input of norm R.
      attack(
        "no numbers", "not a number and infinity, and an input of the largest norm", [noNumbers], [axis], apart: 1),
      attack("huge number", "a number as large as there are beside others, and its opposite", [huge], [negative(huge)]),
      attack("next release", "the farthest pair, and the release after it", [axis, zero], [negative(axis), zero]),
    ].map { $0(mechanism, precision) }
  }

  /// - Parameter radii: how far apart the worlds may be, in units of R.
  private func attack(
    _ name: String, _ summary: String, _ present: [[Float]], _ absent: [[Float]], apart radii: Int = 2
  ) -> (@escaping Mechanism, NoisePrecision) -> NoiseAttack {
    let unit = Double(parameters.radius) / Double(parameters.noiseScale.variance).squareRoot()
    let (parameters, numbers) = (parameters, present.count * dimension)
    return { mechanism, precision in
      NoiseAttack(
        name: name, summary: summary, group: 1, precision: precision, numbers: numbers, claim: Double(radii) * unit,
        guarantee: 2 * unit, needsPower: true, obstacle: nil
      ) { try mechanism($0 ? present : absent, parameters) }
    }
  }

  private func negative(_ values: [Float]) -> [Float] { values.map { -$0 } }
}
