import SwiftASN1
import X509

/// What must be true of the certificates above the leaf, beyond RFC 5280's policy: they may sign certificates, and their SPIFFE
/// ID, if they have one, is the trust domain itself (X509-SVID §§3, 4.3). Says to the verifier which critical extensions
/// were understood.
struct SigningCertificateRules: VerifierPolicy {
  /// Whose names they may bear; nil where names are not judged.
  let trustDomain: TrustDomain?

  let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [
    .X509ExtensionID.subjectAlternativeName, .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.keyUsage,
  ]

  /// What is wrong with a signing certificate; nil when nothing is.
  static func flaw(of certificate: Certificate, in trustDomain: TrustDomain?) -> SignerFlaw? {
    guard certificate.version == .v3 else { return .oldVersion }
    guard case .isCertificateAuthority? = try? certificate.extensions.basicConstraints else { return .notAnAuthority }
    guard let usage = try? certificate.extensions.keyUsage, usage.keyCertSign else { return .mayNotSign }
    guard certificate.extensions[oid: .X509ExtensionID.basicConstraints]?.critical == true,
      !certificate.subject.isEmpty
    else { return .malformed }
    guard mayVouchForBothSides(certificate) else { return .otherUsage }
    guard let trustDomain else { return nil }
    for uri in LeafRules.uriNames(of: certificate) where uri != "spiffe://\(trustDomain)" { return .otherName }
    return nil
  }

  /// An authority whose extended key usage is limited cannot hand on what it has not: an SVID is for client and server.
  private static func mayVouchForBothSides(_ certificate: Certificate) -> Bool {
    guard certificate.extensions[oid: .X509ExtensionID.extendedKeyUsage] != nil else { return true }
    guard let usages = try? certificate.extensions.extendedKeyUsage else { return false }
    return usages.contains(.any) || usages.contains(.clientAuth) && usages.contains(.serverAuth)
  }

  func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) async -> PolicyEvaluationResult {
    guard chain.count >= 2 else { return .failsToMeetPolicy(reason: "the leaf is its own root") }
    for certificate in chain.dropFirst() {
      if let flaw = Self.flaw(of: certificate, in: trustDomain) {
        let reason = flaw.description
        return .failsToMeetPolicy(reason: "\(reason)")
      }
    }
    return .meetsPolicy
  }
}
