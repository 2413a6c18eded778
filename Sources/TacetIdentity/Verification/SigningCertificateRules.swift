import SwiftASN1
import X509

/// What must be true of the certificates above the leaf, beyond RFC 5280's policy: they may sign certificates, and their SPIFFE
/// ID, if they have one, is the trust domain itself (X509-SVID §§3, 4.3). Says to the verifier which critical extensions
/// were understood.
struct SigningCertificateRules: VerifierPolicy {
  let trustDomain: TrustDomain

  let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [
    .X509ExtensionID.subjectAlternativeName, .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.keyUsage,
  ]

  /// What is wrong with a signing certificate; nil when nothing is.
  static func flaw(of certificate: Certificate, in trustDomain: TrustDomain) -> SignerFlaw? {
    guard case .isCertificateAuthority? = try? certificate.extensions.basicConstraints else { return .notAnAuthority }
    guard let usage = try? certificate.extensions.keyUsage, usage.keyCertSign else { return .mayNotSign }
    for uri in LeafRules.uriNames(of: certificate) where uri != "spiffe://\(trustDomain)" { return .otherName }
    return nil
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
