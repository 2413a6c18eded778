package import TacetTransport

/// Why an authority did not do what it was asked for.
package enum AuthorityError: Error, Sendable, Hashable, CustomStringConvertible {
  /// It says why.
  case refused(Endpoint, status: Int, String)
  /// What it says is not what an authority says.
  case unreadable(Endpoint)

  /// One line.
  package var description: String {
    switch self {
    case .refused(let address, let status, let reason): "the authority at \(address) refuses (\(status)): \(reason)"
    case .unreadable(let address): "what answers at \(address) is no authority"
    }
  }
}
