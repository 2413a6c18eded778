/// Why a mechanism could not be audited.
package enum NoiseAuditError: Error, Hashable, Sendable {
  /// Releases of so many numbers are not in what an audit can hold, 1…`most`.
  case dimensionOutOfRange(Int, most: Int)
  /// A trial released another count of numbers than its attack expects.
  case numbers(expected: Int, found: Int)
  /// The mechanism released nothing: why.
  case mechanism(String)
}

extension NoiseAuditError: CustomStringConvertible {
  /// One line: what is wrong, and what to do.
  package var description: String {
    switch self {
    case .dimensionOutOfRange(let dimension, let most):
      "\(dimension) numbers a release are out of range: give from 1 to \(most)"
    case .numbers(let expected, let found): "the mechanism released \(found) numbers where \(expected) were due"
    case .mechanism(let reason): reason
    }
  }
}
