import Testing

@testable import TacetPrivacy

/// A stream of counts: what it releases, and when it ends.
@Suite struct ContributionStreamTests {
  static func stream(
    taps: [Int] = [1000, 500], passages: Int = 1, bound: Int = 1, steps: Int = 3, dimension: Int = 2
  ) throws -> ContributionStream {
    let plan = try ContributionPlan(
      filter: CausalFilter(taps: taps), passages: passages, bound: bound, scale: 8, steps: steps)
    return ContributionStream(
      StreamReservation(
        device: "camera-1", window: "w1", index: 0, plan: plan, dimension: dimension, precision: .narrow))
  }

  /// Noise of scale 8 is below 104 (13 standard deviations) but for a chance of 2^-120.
  private func expectNear(_ values: [Int16], _ expected: [Int]) {
    #expect(values.count == expected.count)
    #expect(zip(values, expected).allSatisfy { abs(Int($0) - $1) < 104 }, "\(values) is not near \(expected)")
  }

  @Test func stepsAreFilteredCountsPlusNoise() throws {
    var stream = try Self.stream()
    #expect(stream.count([1, 0], track: 1, of: 1) == .counted)
    #expect(stream.count([0, 1], track: 2, of: 2) == .counted)
    #expect(stream.count([0, 1], track: 3, of: 3) == .counted)
    let first = try stream.release()
    expectNear(first.values, [1000, 2000])
    #expect(first.step == 0 && first.window == "w1" && first.parameters.sensitivity == 1119)
    #expect(stream.count([1, 0], track: 1, of: 1) == .repeated)
    #expect(stream.count([1, 0], track: 4, of: 1) == .capped)
    expectNear(try stream.release().values, [500, 1000])
    expectNear(try stream.release().values, [0, 0])
  }

  @Test func endsWithItsSteps() throws {
    var stream = try Self.stream(steps: 2)
    for step in 0..<2 { #expect(try stream.release().step == step) }
    #expect(stream.stepsLeft == 0)
    #expect(stream.count([1, 0], track: 1, of: 1) == .ended)
    do {
      _ = try stream.release()
      Issue.record("released once more than was paid for")
    } catch {
      #expect(error == .ended)
    }
  }

  @Test func whatIsNotCounted() throws {
    var stream = try Self.stream(passages: 2, bound: 2)
    #expect(stream.count([1], track: 1, of: 1) == .wrongDimension)
    #expect(stream.count([], track: 1, of: 1) == .wrongDimension)
    #expect(stream.count([1, 0], track: 1, of: -1) == .unknownIndividual)
    #expect(stream.count([1, 0], track: 1, of: ContributionPlan.individuals) == .unknownIndividual)
    #expect(stream.count([2, 0], track: 1, of: 1) == .tooLarge)
    #expect(stream.count([.min, .max], track: 1, of: 1) == .tooLarge)
    // None of these was a passage: the individual still has both of its own.
    #expect(stream.count([1, -1], track: 1, of: 1) == .counted)
    #expect(stream.count([1, 0], track: 2, of: 1) == .counted)
    #expect(stream.count([1, 0], track: 3, of: 1) == .capped)
    #expect(stream.count([1, 0], track: 2, of: 1) == .repeated)
    expectNear(try stream.release().values, [2000, -1000])
  }

  /// The window has numbers for 65,536 individuals who are told apart, and needs none for those who are not: were one
  /// more to leave another without, that would be two that move.
  @Test func strangersAreAllCounted() throws {
    var stream = try Self.stream(taps: [100], steps: 3)
    #expect(stream.countStrangers([ContributionPlan.individuals, 0]) == 0)
    #expect(try stream.release().values[0] > 32_500)
    #expect(stream.countStrangers([-5, 100]) == 0)
    expectNear(try stream.release().values, [0, 10_000])
    // Nor do they take the places of those who are told apart.
    #expect(stream.count([1, 0], track: 0, of: 0) == .counted)
    #expect(stream.count([1, 0], track: 0, of: 0) == .repeated)
    expectNear(try stream.release().values, [100, 0])
    #expect(stream.countStrangers([2, 3]) == 5)
  }

  /// Held, not wrapped: with fewer it is the same or less.
  @Test func strangersBeyondAllNumbers() throws {
    let plan = try ContributionPlan(filter: CausalFilter(taps: [1]), passages: 1, bound: 1, scale: 8, steps: 1)
    var counter = ContributionCounter(plan: plan, dimension: 2)
    for _ in 0..<3 {
      let all = counter.count(strangers: [.max, .min])
      #expect(all)
    }
    #expect(counter.counts == [ContributionCounter.mostStrangers, 0])
    let one = counter.count([1, 0], track: 0, of: 0)
    #expect(one == .counted)
    #expect(counter.counts == [ContributionCounter.mostStrangers + 1, 0])
    let other = counter.count(strangers: [1])
    #expect(!other)
    var stream = try Self.stream(steps: 1)
    #expect(stream.countStrangers([.max]) == .max)
    #expect(stream.countStrangers([.max, 1]) == 0)
    #expect(try stream.release().values[0] > 32_500)
    #expect(stream.countStrangers([.max, .max]) == .max)
  }

  @Test("Noise is fresh at every step: correlation and ties, n = 40 000, false alarm 1e-9")
  func noiseIsFresh() throws {
    var stream = try Self.stream(taps: [1], steps: 2, dimension: 40_000)
    let (one, other) = (try stream.release().values, try stream.release().values)
    let product = zip(one, other).reduce(0) { $0 + Double($1.0) * Double($1.1) } / 40_000
    let square = one.reduce(0) { $0 + Double($1) * Double($1) } / 40_000
    #expect(abs(product) < 6.5 * 64.1 / 200)
    #expect(abs(square / (64 + 1.0 / 12) - 1) < 6.5 * (2.0 / 40_000).squareRoot())
    let ties = zip(one, other).reduce(0) { $0 + ($1.0 == $1.1 ? 1.0 : 0) } / 40_000
    #expect(abs(ties - 0.0353) < 6.5 * 0.00092)
  }

  @Test("Sums beyond 16 bits saturate and do not wrap")
  func saturates() throws {
    for (value, expected) in [
      (0, 0), (1, 1), (-1, -1), (32_767, 32_767), (32_768, 32_767), (-32_768, -32_768), (-32_769, -32_768),
      (1 << 60, 32_767), (-1 << 60, -32_768),
    ] as [(Int64, Int16)] {
      #expect(ContributionStream.saturated(value) == expected)
    }
    var stream = try Self.stream(taps: [16_383], steps: 1)
    for individual in 0..<5 { stream.count([1, 0], track: 0, of: individual) }
    #expect(try stream.release().values[0] > 32_500)
  }
}
