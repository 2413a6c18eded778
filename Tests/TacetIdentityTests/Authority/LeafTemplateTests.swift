import Crypto
import Foundation
import SwiftASN1
import TacetLog
import Testing
import X509
import _CryptoExtras

@testable import TacetIdentity

/// The certificates that are put together by hand are those that the library makes.
@Suite struct LeafTemplateTests {
  private static let keys: [Certificate.PublicKey] = [
    .init(P256.Signing.PrivateKey().publicKey), .init(P384.Signing.PrivateKey().publicKey),
    .init(Curve25519.Signing.PrivateKey().publicKey),
  ]

  @Test(arguments: keys, [true, false])
  func sameAsTheLibrarys(key: Certificate.PublicKey, statesUsage: Bool) throws {
    let domain = try TrustDomain("mesh.example")
    let issuer = try CertificateAuthority.ephemeral(trustDomain: domain).issuer
    let standard = LeafProfile.standard
    let profile = LeafProfile(
      name: "x", lifetimes: standard.lifetimes, lifetime: standard.lifetime, keys: standard.keys,
      statesExtendedKeyUsage: statesUsage, roles: nil, grantsDNSNames: true, grantsIPAddresses: true)
    let names = try CertificateProfile.names(
      SPIFFEID(trustDomain: domain, path: "camera/a"), dnsNames: ["localhost"], ipAddresses: ["::1", "10.0.0.1"])
    // Beyond 2049 the encoding of times is another.
    for (start, span) in [(86400.25, 3600.0), (1_700_000_000.75, 86400), (2_524_607_999, 86400), (2_600_000_000, 60)] {
      let (from, until) = (Date(timeIntervalSince1970: start), Date(timeIntervalSince1970: start + span))
      let made = try LeafTemplate(profile: profile, issuer: issuer).certificate(
        names: names, keyInfo: key.der(), from: from, until: until)
      let parsed = try Certificate(derEncoded: made.der)
      let own = try CertificateProfile.leaf(
        names: names, key: key, profile: profile, issuer: issuer, from: from, until: until)
      #expect(parsed.version == own.version && parsed.issuer == own.issuer && parsed.subject == own.subject)
      // Parts of a second may be cut or rounded.
      #expect(abs(parsed.notValidBefore.timeIntervalSince(own.notValidBefore)) <= 1)
      #expect(abs(parsed.notValidAfter.timeIntervalSince(own.notValidAfter)) <= 1)
      #expect(parsed.publicKey == own.publicKey && parsed.signatureAlgorithm == own.signatureAlgorithm)
      #expect(Set(parsed.extensions) == Set(own.extensions) && parsed.extensions.count == own.extensions.count)
      #expect(issuer.certificate.publicKey.isValidSignature(parsed.signature, for: parsed))
      #expect(Hexadecimal.text(parsed.serialNumber.bytes) == made.serial)
      var coder = DER.Serializer()
      try coder.serialize(parsed)
      #expect(coder.serializedBytes == made.der)
    }
  }
}
