import TacetIdentity

extension ChainVerdict {
  /// Why it was refused; nil when it was not.
  var rejection: ChainRejection? {
    if case .refused(let rejection) = self { rejection } else { nil }
  }

  /// Who it is; nil when it was refused.
  var peer: PeerIdentity? {
    if case .valid(let peer) = self { peer } else { nil }
  }
}
