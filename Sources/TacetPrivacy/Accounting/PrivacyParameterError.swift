/// A privacy parameter outside what the mechanism, or the accountant, is defined for.
public enum PrivacyParameterError: Error, Hashable, Sendable {
  /// The clipping radius, in grid units, is not in 1…`ReleaseParameters.largestRadius`.
  case radiusOutOfRange(Int)
  /// The noise scale, in grid units, is neither one of `ReleaseParameters.supportedScales` nor in 65…`NoiseScale.largest`.
  case unsupportedScale(Int)
  /// What one individual can move a stream window by, in grid units, is not in 1…`StreamParameters.largestSensitivity`.
  case streamSensitivityOutOfRange(Int)
  /// A stream window's steps are not in 1…`StreamParameters.mostSteps`.
  case stepsOutOfRange(Int)
  /// ε is negative, infinite or not a number.
  case epsilonOutOfRange(Double)
  /// δ is not strictly between 0 and 1.
  case deltaOutOfRange(Double)
  /// An L2 sensitivity is negative, infinite or not a number.
  case sensitivityOutOfRange(Double)
  /// A standard deviation is not above 0, infinite or not a number.
  case sigmaOutOfRange(Double)
  /// The sum of squares is beyond what a number holds: no ε says anything about it.
  case unboundedLoss
}

extension PrivacyParameterError: CustomStringConvertible {
  /// One line: what is wrong, and what to do.
  public var description: String {
    switch self {
    case .radiusOutOfRange(let radius):
      "clipping radius \(radius) is out of range: give a whole number from 1 to \(ReleaseParameters.largestRadius)"
    case .unsupportedScale(let scale):
      "noise scale \(scale) is not supported: give one of "
        + ReleaseParameters.supportedScales.map(String.init).joined(separator: ", ")
        + ", or a whole number from 65 to \(NoiseScale.largest)"
    case .streamSensitivityOutOfRange(let sensitivity):
      "sensitivity \(sensitivity) is out of range: give a whole number from 1 to \(StreamParameters.largestSensitivity)"
    case .stepsOutOfRange(let steps):
      "steps \(steps) are out of range: give a whole number from 1 to \(StreamParameters.mostSteps)"
    case .epsilonOutOfRange(let epsilon):
      "epsilon \(epsilon) is out of range: give a finite number that is not negative"
    case .deltaOutOfRange(let delta):
      "delta \(delta) is out of range: give a number strictly between 0 and 1"
    case .sensitivityOutOfRange(let sensitivity):
      "sensitivity \(sensitivity) is out of range: give a finite number that is not negative"
    case .sigmaOutOfRange(let sigma):
      "sigma \(sigma) is out of range: give a finite number above 0"
    case .unboundedLoss:
      "these releases guarantee nothing: sensitivity is too large for their noise"
    }
  }
}
