/// A plan of contributions that could not be bounded, or a step of a stream that was not released.
public enum ContributionError: Error, Hashable, Sendable {
  /// A filter has no taps, or more than `CausalFilter.mostTaps`.
  case tapCountOutOfRange(Int)
  /// A tap is larger in magnitude than `CausalFilter.largestTap`.
  case tapOutOfRange(Int)
  /// All taps are zero.
  case silentFilter
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
