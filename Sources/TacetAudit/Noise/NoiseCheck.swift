/// The noise itself: as much of it as is claimed, in every number, each number's own.
struct NoiseCheck {
  /// How the noise was found to be.
  let found: NoiseReport.Noise
  /// What is wrong with it, one sentence each.
  private(set) var reasons: [String] = []

  /// - Parameters:
  ///   - covariance: of the noise of these trials.
  ///   - subject: which noise is claimed: the variance of rounded noise is a little more than its σ².
  init(_ trials: AttackTrials, _ covariance: PooledCovariance, _ subject: NoiseReport.Subject, _ levels: NoiseLevels) {
    let variance = subject.deviation * subject.deviation
    let spread = Spread(covariance, variance: variance)
    let pair = Pair(covariance)
    let next = Next(trials.serial)
    let repeats = Repeats(trials.ties, variance: variance)
    found = NoiseReport.Noise(
      varianceRatio: spread.ratio, leastVarianceRatio: spread.leastRatio, correlation: pair.correlation,
      serialCorrelation: next.correlation, ties: repeats.ties, tiesExpected: repeats.expected)
    func name(_ number: Int) -> String {
      "number \(number % subject.dimension + 1) of release \(number / subject.dimension + 1)"
    }
    if spread.pValue <= levels.variance {
      reasons.append(
        "the noise has too little variance: \(Numeral.fixed(spread.ratio, 4)) of what is claimed, "
          + "\(Numeral.fixed(spread.leastRatio, 4)) in \(name(spread.leastNumber))")
    }
    if pair.pValue <= levels.correlation {
      reasons.append(
        "\(name(pair.first)) and \(name(pair.second)) have noise in common: "
          + "a correlation of \(Numeral.fixed(pair.correlation, 4))")
    }
    if next.pValue <= levels.serial {
      reasons.append(
        "\(name(next.number)) has noise in common with that of the run before: "
          + "a correlation of \(Numeral.fixed(next.correlation, 4))")
    }
    if repeats.pValue <= levels.ties {
      reasons.append(
        "\(Numeral.grouped(repeats.ties)) numbers are those of the run before in the same world, where at most about "
          + "\(Numeral.whole(repeats.expected)) would be by chance")
    }
  }

  /// The variance of each number and of all, against χ².
  private struct Spread {
    let ratio: Double
    let leastRatio: Double
    let leastNumber: Int
    /// Of the hypothesis that none has less than is claimed.
    let pValue: Double

    init(_ covariance: PooledCovariance, variance: Double) {
      let degrees = Double(covariance.degrees)
      let numbers = Double(covariance.numbers)
      let squares = (0..<covariance.numbers).map { covariance.squares($0) / variance }
      let total = squares.reduce(0, +)
      let least = squares.min() ?? 0
      leastNumber = squares.firstIndex(of: least) ?? 0
      ratio = total / (degrees * numbers)
      leastRatio = least / degrees
      let one = numbers * Tail.chiSquaredBelow(least, degrees: degrees)
      pValue = 2 * min(one, Tail.chiSquaredBelow(total, degrees: degrees * numbers))
    }
  }

  /// Of so many degrees of freedom: the probability of a correlation as large as this, either way, between normal
  /// numbers that have none. t = r·√ν/√(1−r²) has Student's distribution.
  private static func chance(_ correlation: Double, degrees: Int) -> Double {
    guard degrees > 0 else { return 1 }
    let rest = max(1 - correlation * correlation, 1e-15)
    return Tail.student(correlation * (Double(degrees) / rest).squareRoot(), degrees: Double(degrees))
  }

  /// The two numbers of a trial that are most correlated. Numbers without variance are the business of ``Spread``.
  private struct Pair {
    private(set) var first = 0
    private(set) var second = 0
    private(set) var correlation = 0.0
    /// Of the hypothesis that no two are.
    let pValue: Double

    init(_ covariance: PooledCovariance) {
      let numbers = covariance.numbers
      for second in 0..<numbers {
        for first in 0..<second {
          let value = covariance.correlation(first, second)
          if abs(value) > abs(correlation) { (self.first, self.second, correlation) = (first, second, value) }
        }
      }
      let pairs = max(1, numbers * (numbers - 1) / 2)
      pValue = Double(pairs) * NoiseCheck.chance(correlation, degrees: covariance.degrees - 1)
    }
  }

  /// The number that goes most with itself in the run before.
  private struct Next {
    private(set) var number = 0
    private(set) var correlation = 0.0
    /// Of the hypothesis that none does.
    let pValue: Double

    init(_ moments: [SerialMoments]) {
      var tests = 0
      for moments in moments {
        for (number, value) in moments.correlations.enumerated() {
          tests += 1
          if abs(value) > abs(correlation) { (self.number, correlation) = (number, value) }
        }
      }
      let pairs = moments.map(\.pairs).min() ?? 0
      pValue = Double(tests) * NoiseCheck.chance(correlation, degrees: pairs - 2)
    }
  }

  /// Two draws z, z′ are equal with the probability Σ P(z = j)², which is at most ∫f² = 1/(2σ√π) of the normal density
  /// f that was rounded, since (∫_cell f)² ≤ ∫_cell f².
  private struct Repeats {
    let ties: Int
    let expected: Double
    /// Of the hypothesis that draws have nothing to do with each other.
    let pValue: Double

    init(_ counters: [TieCounter], variance: Double) {
      let pairs = counters.reduce(0) { $0 + $1.pairs }
      ties = counters.reduce(0) { $0 + $1.ties }
      let chance = 1 / (2 * (variance * Double.pi).squareRoot())
      expected = chance * Double(pairs)
      pValue = Tail.binomial(ties, of: pairs, chance)
    }
  }
}
