import Foundation
package import TacetTrust

/// The attacks of the literature, each with the parameters that ByzFL has where it has the attack.
package enum AggregationAttacks {
  /// All that need nothing from outside, in the order of reports.
  package static let all: [any AggregationAttack] = [
    SignFlip(), InnerProductManipulation(), ALittleIsEnough(), Mimic(), GaussianLies(), NotANumber(), Collusion(),
    AdaptiveLies(), NeverSent(),
  ]
}

/// The honest mean, turned round.
package struct SignFlip: AggregationAttack {
  package let name = "sign-flip"
  package init() {}

  package func lies(
    honest: [[Float]], byzantine: Int, against aggregator: Aggregator, using generator: inout any RandomNumberGenerator
  ) -> [[Float]?] {
    Array(repeating: HonestMoments(honest).vector(scale: -1, shift: 0), count: byzantine)
  }
}

/// −τ times the honest mean, so that the result points the wrong way (Xie, Koyejo & Gupta 2020, "Fall of Empires").
package struct InnerProductManipulation: AggregationAttack {
  package let name = "inner-product"
  let factor: Double
  /// - Parameter factor: τ.
  package init(factor: Double = 2) { self.factor = factor }

  package func lies(
    honest: [[Float]], byzantine: Int, against aggregator: Aggregator, using generator: inout any RandomNumberGenerator
  ) -> [[Float]?] {
    Array(repeating: HonestMoments(honest).vector(scale: -factor, shift: 0), count: byzantine)
  }
}

/// The honest mean and some standard deviations more in each coordinate: nowhere far from everybody (Baruch, Baruch & Goldberg 2019).
package struct ALittleIsEnough: AggregationAttack {
  package let name = "little-is-enough"
  let factor: Double
  /// - Parameter factor: how many standard deviations.
  package init(factor: Double = 1.5) { self.factor = factor }

  package func lies(
    honest: [[Float]], byzantine: Int, against aggregator: Aggregator, using generator: inout any RandomNumberGenerator
  ) -> [[Float]?] {
    Array(repeating: HonestMoments(honest).vector(scale: 1, shift: factor), count: byzantine)
  }
}

/// One honest vector again and again, so that it counts for many (Karimireddy, He & Jaggi 2022).
package struct Mimic: AggregationAttack {
  package let name = "mimic"
  package init() {}

  package func lies(
    honest: [[Float]], byzantine: Int, against aggregator: Aggregator, using generator: inout any RandomNumberGenerator
  ) -> [[Float]?] {
    Array(repeating: honest.first, count: byzantine)
  }
}

/// Noise that has nothing to do with the matter, each liar's its own.
package struct GaussianLies: AggregationAttack {
  package let name = "gaussian"
  let deviation: Double
  package init(deviation: Double = 10) { self.deviation = deviation }

  package func lies(
    honest: [[Float]], byzantine: Int, against aggregator: Aggregator, using generator: inout any RandomNumberGenerator
  ) -> [[Float]?] {
    (0..<byzantine).map { _ in
      (honest.first ?? []).map { _ in
        // Box and Muller; never the logarithm of zero.
        let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
        return Float(deviation * radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator)))
      }
    }
  }
}

/// An honest vector with NaN or an infinity in one place: one of them in a plain mean, and all is lost.
package struct NotANumber: AggregationAttack {
  package let name = "not-a-number"
  package init() {}

  package func lies(
    honest: [[Float]], byzantine: Int, against aggregator: Aggregator, using generator: inout any RandomNumberGenerator
  ) -> [[Float]?] {
    (0..<byzantine).map { liar in
      var lie = honest.first ?? []
      if let place = lie.indices.randomElement(using: &generator) {
        lie[place] = [Float.nan, .infinity, -.infinity][liar % 3]
      }
      return lie
    }
  }
}

/// All liars at one point far away, each other's nearest neighbours.
package struct Collusion: AggregationAttack {
  package let name = "collusion"
  let distance: Float
  /// - Parameter distance: from the honest mean, in every coordinate.
  package init(distance: Float = 1e6) { self.distance = distance }

  package func lies(
    honest: [[Float]], byzantine: Int, against aggregator: Aggregator, using generator: inout any RandomNumberGenerator
  ) -> [[Float]?] {
    let point = HonestMoments(honest).mean.map { mean in
      Float(mean) + (Bool.random(using: &generator) ? distance : -distance)
    }
    return Array(repeating: point, count: byzantine)
  }
}

/// Nothing: liars that keep everyone waiting.
package struct NeverSent: AggregationAttack {
  package let name = "never-sent"
  package init() {}

  package func lies(
    honest: [[Float]], byzantine: Int, against aggregator: Aggregator, using generator: inout any RandomNumberGenerator
  ) -> [[Float]?] {
    Array(repeating: nil, count: byzantine)
  }
}

/// Vectors that came of an attack on the data: an update from flipped labels, or from windows of another day.
package struct SuppliedLies: AggregationAttack {
  package let name: String
  let vectors: [[Float]]

  /// - Parameter vectors: one for each liar; liars beyond them repeat the last.
  package init(name: String, vectors: [[Float]]) { (self.name, self.vectors) = (name, vectors) }

  package func lies(
    honest: [[Float]], byzantine: Int, against aggregator: Aggregator, using generator: inout any RandomNumberGenerator
  ) -> [[Float]?] {
    (0..<byzantine).map { $0 < vectors.count ? vectors[$0] : vectors.last }
  }
}
