import Foundation
import TacetPrivacy
import Testing

@Suite struct GaussianAccountantTests {
  struct Vector: Decodable {
    let units: UInt64
    let delta: Double
    let epsilon: Double
  }

  static func vectors() throws -> [Vector] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Vectors/gaussian-accountant.json")
    return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: file))
  }

  @Test("ε is never below the truth and within 1e-9 of it, μ 1e-4…60, δ 1e-15…1e-2, next to zero too")
  func agreesWithFiftyDigits() throws {
    let vectors = try Self.vectors()
    #expect(vectors.count == 140)
    #expect(vectors.filter { $0.epsilon > 0 }.count > 110)
    for vector in vectors {
      let epsilon = try GaussianAccountant.epsilon(cost: PrivacyCost(units: vector.units), delta: vector.delta)
      let place = "units \(vector.units), delta \(vector.delta): \(epsilon), truth \(vector.epsilon)"
      #expect(epsilon >= vector.epsilon, "\(place)")
      #expect(epsilon <= vector.epsilon * (1 + 1e-9), "\(place)")
    }
  }

  @Test("μ = 2, δ = 1e-6 is ε = 10.99715")
  func wellKnownValue() throws {
    let epsilon = try GaussianAccountant.epsilon(cost: PrivacyCost(units: 4 << 40), delta: 1e-6)
    #expect(abs(epsilon - 10.99715) < 5e-6)
  }

  @Test("The limit fits and one unit more does not", arguments: [0.01, 0.5, 1, 8, 100, 1e4], [1e-2, 1e-6, 1e-15])
  func limitIsTheLargestThatFits(epsilon: Double, delta: Double) throws {
    let limit = try GaussianAccountant.costLimit(epsilon: epsilon, delta: delta)
    let next = limit + PrivacyCost(units: 1)
    #expect(try GaussianAccountant.epsilon(cost: limit, delta: delta) <= epsilon)
    #expect(try GaussianAccountant.epsilon(cost: next, delta: delta) > epsilon)
  }

  @Test("ε grows with cost and falls with δ")
  func isMonotone() throws {
    let costs = (0..<200).map { PrivacyCost(units: UInt64(1e3 * pow(1.2, Double($0)))) }
    for delta in [1e-3, 1e-6, 1e-12] {
      let epsilons = try costs.map { try GaussianAccountant.epsilon(cost: $0, delta: delta) }
      #expect(zip(epsilons, epsilons.dropFirst()).allSatisfy { $0 < $1 || ($0 == 0 && $1 == 0) })
      let smaller = try costs.map { try GaussianAccountant.epsilon(cost: $0, delta: delta / 2) }
      #expect(zip(epsilons, smaller).allSatisfy { $0 < $1 || ($0 == 0 && $1 == 0) })
    }
  }

  @Test("Where δ alone covers the cost, ε is 0; an unbounded cost has no finite ε")
  func edges() throws {
    #expect(try GaussianAccountant.epsilon(cost: .zero, delta: 1e-15) == 0)
    // δ(0) = 2Φ(μ/2) − 1 is 0.0399 at μ = 0.1.
    let cost = PrivacyCost(units: PrivacyCost.unitsPerSquare / 100)
    #expect(try GaussianAccountant.epsilon(cost: cost, delta: 0.0399) == 0)
    #expect(try GaussianAccountant.epsilon(cost: cost, delta: 0.0398) > 0)
    #expect(try GaussianAccountant.epsilon(cost: .unbounded, delta: 0.5) == .infinity)
    let largest = PrivacyCost(units: .max - 1)
    #expect(try GaussianAccountant.epsilon(cost: largest, delta: 1e-15).isFinite)
    #expect(try GaussianAccountant.costLimit(epsilon: 1e300, delta: 0.5) < .unbounded)
  }

  /// 30 digits by mpmath: 0.98 at μ = 10 is ε = 28.34896944861324809; 0.5 at μ = 1000 is 500 · 1000.
  @Test("A δ close to 1 has an ε too, however large μ is")
  func largeDelta() throws {
    let epsilon = try GaussianAccountant.epsilon(mu: 10, delta: 0.98)
    #expect(epsilon >= 28.348969448613248 && epsilon < 28.348969448613248 * (1 + 1e-9))
    for mu in [20, 1000, 1e5, 1e100, 1e149] {
      for delta in [0.5, 0.98, 0.99, 0.999999] {
        let epsilon = try GaussianAccountant.epsilon(mu: mu, delta: delta)
        // Φ(μ/2 − ε/μ) > δ ≥ ½, so that ε is below μ²/2, and not far.
        #expect(epsilon <= mu * mu / 2 * (1 + 1e-12) && epsilon > mu * (mu / 2 - 6))
      }
    }
  }

  @Test("A μ that is no number is refused, not taken for none", arguments: [Double.nan, .infinity, 1e200])
  func refusesMu(mu: Double) {
    #expect(throws: PrivacyParameterError.unboundedLoss) { try GaussianAccountant.epsilon(mu: mu, delta: 1e-6) }
  }

  @Test("Parameters without a meaning are refused", arguments: [0, 1, -1, 2, Double.nan, .infinity])
  func refusesDelta(delta: Double) {
    #expect(throws: PrivacyParameterError.self) { try GaussianAccountant.epsilon(cost: .zero, delta: delta) }
    #expect(throws: PrivacyParameterError.self) { try GaussianAccountant.costLimit(epsilon: 1, delta: delta) }
  }

  @Test(arguments: [-1, -Double.infinity, .infinity, .nan]) func refusesEpsilon(epsilon: Double) {
    #expect(throws: PrivacyParameterError.self) { try GaussianAccountant.costLimit(epsilon: epsilon, delta: 1e-6) }
  }
}
