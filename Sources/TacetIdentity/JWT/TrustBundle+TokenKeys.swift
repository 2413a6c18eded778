public import Foundation

extension TrustBundle {
  /// The JSON text with the keys of JWT-SVIDs alone, as who checks nothing else is given it (SPIFFE Workload API §6.2.2).
  public var tokenKeysJSON: Data {
    TrustBundle(trustDomain: trustDomain, roots: [], jwtKeys: jwtKeys, sequence: sequence, refreshHint: refreshHint)
      .json
  }
}
