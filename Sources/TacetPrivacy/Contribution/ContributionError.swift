/// A plan of contributions that could not be bounded, or a step of a stream that was not released.
public enum ContributionError: Error, Hashable, Sendable {
  /// A filter has no taps, or more than `CausalFilter.mostTaps`.
  case tapCountOutOfRange(Int)
  /// A tap is larger in magnitude than `CausalFilter.largestTap`.
  case tapOutOfRange(Int)
  /// All taps are zero.
  case silentFilter
  /// A filter is to be rounded to a norm that is not one of `CausalFilter.norms`.
  case normOutOfRange(Int)
  /// The real numbers that a filter is to be rounded from are not finite, or all zero.
  case shapelessFilter
  /// The decay of an exponential filter is not from −1 to 1.
  case decayOutOfRange(Double)
  /// The μ of a passage that a filter is designed for is not one of `FilterDesign.mus`.
  case muOutOfRange(Double)
  /// An individual's passages are not in 1…`ContributionPlan.mostPassages`.
  case passagesOutOfRange(Int)
  /// The bound on a passage's squared norm is not in 1…`ContributionPlan.largestBound`.
  case boundOutOfRange(Int)
  /// One individual could move a window by more than `StreamParameters.largestSensitivity`.
  case sensitivityTooLarge
  /// The noise scale or the steps are out of range.
  case parameters(PrivacyParameterError)
  /// All steps that were paid for have been released.
  case ended
  /// The noise could not be drawn. The step is spent all the same.
  case noise(NoiseError)
}

extension ContributionError: CustomStringConvertible {
  /// One line: what is wrong, and what to do.
  public var description: String {
    switch self {
    case .tapCountOutOfRange(let count):
      "a filter of \(count) taps is out of range: give from 1 to \(CausalFilter.mostTaps) whole numbers"
    case .tapOutOfRange(let tap):
      "filter tap \(tap) is out of range: give whole numbers from -\(CausalFilter.largestTap) to \(CausalFilter.largestTap)"
    case .silentFilter: "a filter whose taps are all 0 lets nothing through: give at least one that is not"
    case .normOutOfRange(let norm):
      "norm \(norm) is out of range: give a whole number from \(CausalFilter.norms.lowerBound) to \(CausalFilter.norms.upperBound)"
    case .shapelessFilter: "a filter is made of finite numbers that are not all 0"
    case .decayOutOfRange(let decay): "decay \(decay) is out of range: give a number from -1 to 1"
    case .muOutOfRange(let mu):
      "mu \(mu) is out of range: give a number from \(FilterDesign.mus.lowerBound) to \(FilterDesign.mus.upperBound)"
    case .passagesOutOfRange(let passages):
      "\(passages) passages are out of range: give a whole number from 1 to \(ContributionPlan.mostPassages)"
    case .boundOutOfRange(let bound):
      "bound \(bound) is out of range: give a whole number from 1 to \(ContributionPlan.largestBound)"
    case .sensitivityTooLarge:
      "one individual could move a window by more than \(StreamParameters.largestSensitivity): take a shorter filter, "
        + "fewer passages or a smaller bound"
    case .parameters(let error): error.description
    case .ended: "every step of this window has been released: charge for the next window"
    case .noise(let error): error.description
    }
  }
}
