/// How n vectors of d numbers become one.
///
/// Parameters that count liars (`trim`, `byzantine`) say how many the rule is set up to stand; whether n vectors are enough
/// for that is ``largestByzantine(of:mixed:)``. x₁ … xₙ are the vectors.
public enum AggregationRule: Hashable, Sendable {
  /// The average. It stands no liar: one vector moves it anywhere.
  case mean
  /// Each coordinate's median; of an even number, the mean of the middle two (Yin, Chen, Ramchandran & Bartlett 2018).
  case median
  /// Each coordinate's mean without its `trim` smallest and `trim` largest numbers (Yin et al. 2018).
  case trimmedMean(trim: Int)
  /// The vector with the least sum of squared distances to its n − byzantine − 1 nearest others (Blanchard, El Mhamdi,
  /// Guerraoui & Stainer 2017; with that many neighbours as Allouah et al. 2023 and ByzFL have it).
  case krum(byzantine: Int)
  /// The mean of the `selected` vectors with the best ``krum(byzantine:)`` scores; n − byzantine of them, if nil, and never
  /// more.
  case multiKrum(byzantine: Int, selected: Int? = nil)
  /// The point with the least sum of distances to all vectors: so many steps of Weiszfeld's algorithm from the coordinate
  /// median, each distance held to at least `smoothing` (Pillutla, Kakade & Harchaoui 2022).
  ///
  /// Both are of the vectors' own unit. From the median, rather than the mean or the origin, no lie is far enough to
  /// make a few steps too few.
  case geometricMedian(smoothing: Double = usualSmoothing, iterations: Int = usualIterations)
  /// So many steps v ← v + (1/n) Σ (xᵢ − v) min(1, radius / ‖xᵢ − v‖) from the coordinate median (Karimireddy, He & Jaggi
  /// 2021): one vector moves the result by at most iterations · radius / n, however far it is.
  case centredClipping(radius: Double, iterations: Int = 1)

  /// Far below any distance that matters, and not zero.
  public static let usualSmoothing = 1e-6
  /// After so many steps from the median, little moves.
  public static let usualIterations = 8
}

extension AggregationRule {
  /// The rules' names, on the command line and in policies.
  public enum Name: String, CaseIterable, Sendable {
    case mean
    case median
    case trimmedMean = "trimmed-mean"
    case krum
    case multiKrum = "multi-krum"
    case geometricMedian = "geometric-median"
    case centredClipping = "centred-clipping"
  }

  /// A rule as it is usually set up to stand so many liars.
  /// - Parameter radius: of ``centredClipping(radius:iterations:)``, for which there is no usual one.
  public static func usual(_ name: Name, byzantine: Int, radius: Double) -> AggregationRule {
    switch name {
    case .mean: .mean
    case .median: .median
    case .trimmedMean: .trimmedMean(trim: byzantine)
    case .krum: .krum(byzantine: byzantine)
    case .multiKrum: .multiKrum(byzantine: byzantine)
    case .geometricMedian: .geometricMedian()
    case .centredClipping: .centredClipping(radius: radius)
    }
  }

  /// The rule's name.
  public var name: Name {
    switch self {
    case .mean: .mean
    case .median: .median
    case .trimmedMean: .trimmedMean
    case .krum: .krum
    case .multiKrum: .multiKrum
    case .geometricMedian: .geometricMedian
    case .centredClipping: .centredClipping
    }
  }
}
