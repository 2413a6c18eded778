/// Why an activation was not released.
public enum ReleaseError: Error, Hashable, Sendable {
  /// The activation has no elements, or more than `Releaser.largestDimension`.
  case dimensionOutOfRange(Int)
  /// The activation does not have the number of elements that was charged.
  case dimensionMismatch(expected: Int, found: Int)
  /// A sum is of another sensitivity than the one that was charged, or was to have other noise.
  case parametersMismatch(expected: Int, found: Int)
  /// The noise could not be drawn.
  case noise(NoiseError)
}

extension ReleaseError: CustomStringConvertible {
  /// One line: what is wrong, and what to do.
  public var description: String {
    switch self {
    case .dimensionOutOfRange(let count):
      "an activation of \(count) elements cannot be released: give from 1 to \(Releaser.largestDimension)"
    case .dimensionMismatch(let expected, let found):
      "an activation of \(found) elements cannot be released on a charge for \(expected): charge for its dimension"
    case .parametersMismatch(let expected, let found):
      "a sum of sensitivity \(found) cannot be released on a charge of \(expected), or of other noise: charge for its parameters"
    case .noise(let error): error.description
    }
  }
}
