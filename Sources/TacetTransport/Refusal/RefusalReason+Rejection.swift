package import TacetIdentity

extension RefusalReason {
  /// What it is counted under that a peer who was let in is not to be served any longer.
  package init(cutting rejection: ChainRejection) {
    switch rejection {
    case .expired: self = .expired
    case .revoked: self = .revoked
    // The list that would have to speak of it is missing, or not to be relied on.
    default: self = .certificate
    }
  }
}
