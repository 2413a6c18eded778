/// The filter for a workload: of so many taps and such a norm, the one whose answers have the least mean squared error that was
/// found, beside what needs no design.
///
/// Losses are compared at equal privacy: noise of standard deviation 1/μ on what passes a filter of norm 1, which is what a charge of
/// Δ = H at S = H/μ gives. An error is the root of the mean squared error over queries (by importance) and steps, in counts, apart
/// from the 1/12 that rounding noise to whole numbers adds to S².
public struct FilterDesign: Sendable {
  /// A filter and its error.
  public struct Choice: Sendable {
    /// The filter, rounded.
    public let filter: CausalFilter
    /// The root of the mean squared error; infinite where the filter cannot be undone.
    public let error: Double
  }

  /// The filter that was looked for: as good as any of the others at least.
  public let best: Choice
  /// The filter that carries nothing over.
  public let identity: Choice
  /// The best of those whose taps fall as a power.
  public let exponential: Choice
  /// The decay of ``exponential``.
  public let decay: Double

  /// The μ of a passage that a filter can be designed for.
  public static let mus = 1e-3...1e3

  /// Designs a filter. Takes less than a second for most workloads, a few for the largest.
  /// - Parameters:
  ///   - count: how many taps, 1…`CausalFilter.mostTaps`.
  ///   - norm: H, one of `CausalFilter.norms`.
  ///   - mu: μ of a passage, one of ``mus``. Without an autocovariance it changes errors and not the filter.
  ///   - workload: what is asked.
  public init(count: Int, norm: Int, mu: Double, workload: FilterWorkload) throws(ContributionError) {
    guard Self.mus.contains(mu) else { throw .muOutOfRange(mu) }
    // The checks of count and norm.
    let identity = try CausalFilter.exponential(count: count, decay: 0, norm: norm)
    let loss = workload.loss(noiseVariance: 1 / (mu * mu))
    decay = Self.bestDecay(count: count, loss: loss)
    self.identity = Self.choice(identity, loss)
    exponential = Self.choice(try .exponential(count: count, decay: decay, norm: norm), loss)
    let shape = Self.bestShape(count: count, loss: loss, decay: decay)
    let designed = Self.choice(try CausalFilter(rounding: shape, norm: norm), loss)
    best = [exponential, self.identity].reduce(designed) { $1.error < $0.error ? $1 : $0 }
  }

  private static func choice(_ filter: CausalFilter, _ loss: any FilterLoss) -> Choice {
    let value = loss.evaluate(filter.chargedShape).value
    return Choice(filter: filter, error: value.isFinite ? max(0, value).squareRoot() : .infinity)
  }

  /// The lowest that is reached from the identity, from the best exponential, and from the filter that is nearly the best for sums of all
  /// counts so far (the power series of (1 − x)^−½: Fichtenberger, Henzinger and Upadhyay 2023).
  static func bestShape(count: Int, loss: any FilterLoss, decay: Double) -> [Double] {
    let starts = [UnitShape.powers(of: 0, count: count), UnitShape.powers(of: decay, count: count), rootOfSum(count)]
    let ends = starts.compactMap(UnitShape.init).map { ShapeDescent(of: loss, from: $0) }
    return ends.min { $0.loss < $1.loss }?.shape ?? starts[0]
  }

  private static func rootOfSum(_ count: Int) -> [Double] {
    var term = 1.0
    return (1...max(count, 1)).map { index in
      defer { term *= Double(2 * index - 1) / Double(2 * index) }
      return term
    }
  }

  /// The decay of least loss: on a grid first, then by golden section beside the best of it.
  static func bestDecay(count: Int, loss: any FilterLoss) -> Double {
    guard count > 1 else { return 0 }
    func value(_ decay: Double) -> Double {
      guard let shape = UnitShape(UnitShape.powers(of: decay, count: count)) else { return .infinity }
      let value = loss.evaluate(shape.numbers).value
      return value.isFinite ? value : .infinity
    }
    let grid = (-10...10).map { (Double($0) / 10, value(Double($0) / 10)) }
    let middle = grid.min { $0.1 < $1.1 } ?? (0, value(0))
    let found = goldenSection(of: value, in: max(-1, middle.0 - 0.1)...min(1, middle.0 + 0.1))
    return value(found) < middle.1 ? found : middle.0
  }

  /// Where a function that falls and then rises is least, to a hundred thousandth of the range.
  private static func goldenSection(of value: (Double) -> Double, in range: ClosedRange<Double>) -> Double {
    let golden = (5.0.squareRoot() - 1) / 2
    var (low, high) = (range.lowerBound, range.upperBound)
    var (left, right) = (high - golden * (high - low), low + golden * (high - low))
    var (atLeft, atRight) = (value(left), value(right))
    for _ in 0..<24 {
      if atLeft < atRight {
        (high, right, atRight) = (right, left, atLeft)
        left = high - golden * (high - low)
        atLeft = value(left)
      } else {
        (low, left, atLeft) = (left, right, atRight)
        right = low + golden * (high - low)
        atRight = value(right)
      }
    }
    return (low + high) / 2
  }
}
