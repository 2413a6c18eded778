import TacetPrivacy
import Testing

@Suite struct CalibrationTests {
  @Test("R is the largest that fits: one more does not", arguments: [0.5, 8, 50], [1 as UInt64, 24, 5000])
  func largestRadius(epsilon: Double, releases: UInt64) throws {
    let calibration = try Calibration(epsilon: epsilon, delta: 1e-6, releases: releases, dimension: nil)
    for scale in ReleaseParameters.supportedScales + [100, 529, 2048] {
      func total(_ radius: Int) throws -> Double {
        try GaussianAccountant.epsilon(
          cost: ReleaseParameters(radius: radius, scale: scale).cost * releases, delta: 1e-6)
      }
      guard let option = try calibration.option(scale: scale) else {
        #expect(try total(1) > epsilon)
        continue
      }
      #expect(option.parameters.scale == scale)
      #expect(option.epsilon <= epsilon)
      #expect(try option.epsilon == total(option.parameters.radius))
      if option.parameters.radius < ReleaseParameters.largestRadius {
        #expect(try total(option.parameters.radius + 1) > epsilon)
      }
      #expect(!option.isCoarse)
      #expect(option.parameters.cost.mu <= calibration.muPerRelease * (1 + 1e-9))
    }
  }

  @Test(
    "A scale is too coarse below 8√k/μ; the one that is named is not, and not far above",
    arguments: [8, 32, 500])
  func coarseness(dimension: UInt64) throws {
    let calibration = try Calibration(epsilon: 8, delta: 1e-6, releases: 24, dimension: dimension)
    let fine = try #require(try calibration.fineScale())
    #expect(try calibration.option(scale: fine)?.isCoarse == false)
    #expect(Double(fine) < 1.1 * 8 * Double(dimension).squareRoot() / calibration.muPerRelease + 65)
    for scale in ReleaseParameters.supportedScales {
      let option = try #require(try calibration.option(scale: scale))
      let needed = 8 * Double(dimension).squareRoot() / option.parameters.cost.mu
      #expect(option.isCoarse == (Double(scale) < needed))
    }
  }

  @Test("No scale is fine enough for too many numbers")
  func tooManyNumbers() throws {
    let calibration = try Calibration(epsilon: 1, delta: 1e-6, releases: 100, dimension: 1 << 20)
    #expect(try calibration.fineScale() == nil)
    #expect(try calibration.option(scale: 2048)?.isCoarse == true)
  }

  @Test(
    "What the tables add counts: δ(ε) + δ′ ≤ δ, and with R + 1 it does not hold",
    arguments: [(8.0, 1e-6, 24, 4096), (20, 1e-6, 300, 100_000), (45, 1e-9, 500, 1000), (64.098, 7.7e-12, 63, 1)])
  func slackCounts(epsilon: Double, delta: Double, releases: UInt64, dimension: UInt64) throws {
    let calibration = try Calibration(epsilon: epsilon, delta: delta, releases: releases, dimension: dimension)
    for scale in ReleaseParameters.supportedScales + [78, 390] {
      guard let option = try calibration.option(scale: scale) else { continue }
      func total(_ radius: Int) throws -> Double {
        let parameters = try ReleaseParameters(radius: radius, scale: scale)
        let slack = ImplementationSlack.charged(
          parameters, dimension: dimension, count: releases, epsilon: epsilon, delta: delta
        ).slack.delta(at: epsilon)
        guard slack < delta else { return .infinity }
        return try GaussianAccountant.epsilon(cost: parameters.cost * releases, delta: delta - slack)
      }
      #expect(option.deltaSlack < delta)
      #expect(try total(option.parameters.radius) <= epsilon)
      #expect(try total(option.parameters.radius + 1) > epsilon)
    }
  }

  @Test("A scale whose tables leave nothing of δ is not offered")
  func slackVoids() throws {
    // Two draws have no bound where e^ε is beyond 2¹²⁶.
    let calibration = try Calibration(epsilon: 97.818, delta: 2.7e-7, releases: 31_952, dimension: 6)
    #expect(try calibration.option(scale: 390) == nil)
    #expect(try calibration.option(scale: 64) != nil)
    #expect(try calibration.fineScale() == nil)
    let smaller = try Calibration(epsilon: 64.098, delta: 7.7e-12, releases: 63, dimension: 14)
    #expect(try smaller.option(scale: 64) == nil)
  }

  @Test("Where the 64-bit table's share runs out, both tables are counted")
  func mixedTables() throws {
    let calibration = try Calibration(epsilon: 8, delta: 1e-6, releases: 1000, dimension: 4096)
    let option = try #require(try calibration.option(scale: 64))
    #expect(option.precision == .wide)
    #expect(option.deltaSlack > 0.97e-8 && option.deltaSlack <= 1e-8)
  }

  @Test("Nothing fits where R = 1 is too much, and unknown scales are refused")
  func nothingFits() throws {
    let calibration = try Calibration(epsilon: 0.001, delta: 1e-9, releases: 1000, dimension: nil)
    #expect(try calibration.option(scale: 8) == nil)
    #expect(throws: PrivacyParameterError.unsupportedScale(9)) { try calibration.option(scale: 9) }
  }
}

@Suite struct GaussianHistoryTests {
  @Test("Σ count (s/σ)², rounded up, whatever the order")
  func sums() throws {
    var history = GaussianHistory()
    try history.add(sensitivity: 3, sigma: 4, count: 16)
    try history.add(sensitivity: 2, sigma: 1, count: 4)
    #expect(history.mu >= 5 && history.mu < 5 * (1 + 1e-14))
    #expect(try history.epsilon(delta: 1e-6) >= GaussianAccountant.epsilon(mu: 5, delta: 1e-6))
  }

  @Test("A million tiny costs after a large one are not lost")
  func compensates() throws {
    var history = GaussianHistory()
    try history.add(sensitivity: 1, sigma: 1, count: 1)
    for _ in 0..<100_000 { try history.add(sensitivity: 1e-9, sigma: 1, count: 1) }
    // 1 + 1e5 · 1e-18 = 1 + 1e-13, which plain addition would not see at all.
    #expect(history.mu * history.mu - 1 > 0.99e-13)
  }

  @Test("Nothing costs nothing")
  func empty() throws {
    var history = GaussianHistory()
    #expect(history.mu == 0)
    try history.add(sensitivity: 0, sigma: 1, count: 7)
    try history.add(sensitivity: 1, sigma: 1, count: 0)
    #expect(try history.epsilon(delta: 1e-6) == 0)
    // What underflows still counts.
    try history.add(sensitivity: 1e-300, sigma: 1e300, count: 1)
    #expect(history.mu > 0)
  }

  @Test(
    "Never below the truth, where squares would be subnormal too",
    arguments: [1e-160, 2.7e-162, 1e-300, Double.leastNonzeroMagnitude])
  func tiny(sensitivity: Double) throws {
    var history = GaussianHistory()
    try history.add(sensitivity: sensitivity, sigma: 1, count: 1 << 63)
    // √2⁶³, cut.
    #expect(history.mu >= sensitivity * 3_037_000_499)
    #expect(history.mu < 1e-120)
  }

  @Test("A count beyond 2⁵³ is not cut to a double's digits")
  func largeCount() throws {
    var history = GaussianHistory()
    try history.add(sensitivity: 1, sigma: 1, count: (1 << 60) + 1)
    #expect(history.mu > 0x1p30)
    #expect(history.mu < 0x1p30 * (1 + 1e-15))
  }

  @Test(arguments: [
    (-1.0, 1.0), (.nan, 1), (.infinity, 1), (1, 0), (1, -1), (1, .nan), (1, .infinity), (1e300, 1e-300), (1e200, 1),
  ])
  func outOfRange(sensitivity: Double, sigma: Double) {
    var history = GaussianHistory()
    #expect(throws: PrivacyParameterError.self) {
      try history.add(sensitivity: sensitivity, sigma: sigma, count: 1)
    }
    #expect(history.mu == 0)
  }
}
