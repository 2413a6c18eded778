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

  func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) async -> PolicyEvaluationResult {
    guard chain.count >= 2 else { return .failsToMeetPolicy(reason: "the leaf is its own root") }
    for certificate in chain.dropFirst() {
      guard case .isCertificateAuthority? = try? certificate.extensions.basicConstraints,
        let usage = try? certificate.extensions.keyUsage, usage.keyCertSign
      else { return .failsToMeetPolicy(reason: "a signing certificate may not sign certificates") }
      for uri in LeafRules.uriNames(of: certificate) where uri != "spiffe://\(trustDomain)" {
        return .failsToMeetPolicy(reason: "a signing certificate is of a workload or another trust domain")
      }
    }
    return .meetsPolicy
  }
}
