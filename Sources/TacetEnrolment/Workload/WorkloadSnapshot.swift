internal import Foundation
package import TacetIdentity

/// What a host has to hand out at one moment.
package struct WorkloadSnapshot: Sendable {
  /// The trust domain.
  package let trustDomain: TrustDomain
  /// Its SVIDs, by ID.
  package let svids: [SPIFFEID: SVID]
  /// The roots of the trust domain, DER.
  package let roots: [[UInt8]]
  /// The bundle with the keys of JWT-SVIDs; nil as long as none was fetched.
  package let bundle: TrustBundle?
  /// The revocation lists, DER.
  package let revocationLists: [[UInt8]]

  /// - Parameters:
  ///   - trustDomain: the trust domain.
  ///   - svids: those that hold.
  ///   - roots: DER.
  ///   - bundle: nil where none was fetched.
  ///   - revocationLists: DER.
  package init(
    trustDomain: TrustDomain, svids: [SPIFFEID: SVID], roots: [[UInt8]], bundle: TrustBundle? = nil,
    revocationLists: [[UInt8]] = []
  ) {
    self.trustDomain = trustDomain
    self.svids = svids
    self.roots = roots
    self.bundle = bundle
    self.revocationLists = revocationLists
  }

  /// When the first of the SVIDs expires.
  var firstExpiry: Date? { svids.values.map(\.notAfter).min() }

  /// The same without SVIDs that have expired.
  func holding(at date: Date) -> WorkloadSnapshot {
    WorkloadSnapshot(
      trustDomain: trustDomain, svids: svids.filter { date < $0.value.notAfter }, roots: roots, bundle: bundle,
      revocationLists: revocationLists)
  }
}
