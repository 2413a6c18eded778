import Crypto
public import Foundation
import SwiftASN1
import X509

/// The built-in certificate authority: a root that signs one intermediate, and the intermediate that signs SVIDs.
///
/// The root's key is only opened to make an intermediate; issuing needs the intermediate's alone. The intermediate may sign
/// leaves only (pathlen 0) and URI names of its trust domain only.
public struct CertificateAuthority: Sendable {
  /// The trust domain it issues for.
  public let trustDomain: TrustDomain
  /// The root, DER.
  public let root: [UInt8]
  /// The intermediate, DER.
  public let intermediate: [UInt8]

  private let issuer: Certificate
  private let key: Certificate.PrivateKey
  private let register: IssuanceRegister?

  init(
    trustDomain: TrustDomain, root: [UInt8], intermediate: [UInt8], key: Certificate.PrivateKey,
    register: IssuanceRegister?
  ) throws(IdentityError) {
    guard let issuer = try? Certificate(derEncoded: intermediate), issuer.publicKey == key.publicKey else {
      throw IdentityError(.badInput, "the intermediate's certificate and key do not belong together")
    }
    self.trustDomain = trustDomain
    self.root = root
    self.intermediate = intermediate
    self.issuer = issuer
    self.key = key
    self.register = register
  }

  /// An authority that lives in memory only: for tests and drills.
  package static func ephemeral(trustDomain: TrustDomain) throws(IdentityError) -> CertificateAuthority {
    let pair = try CertificateProfile.makeAuthority(trustDomain: trustDomain, at: Date())
    return try CertificateAuthority(
      trustDomain: trustDomain, root: pair.root, intermediate: pair.intermediate,
      key: Certificate.PrivateKey(pair.intermediateKey), register: nil)
  }

  /// How long a certificate may live.
  public static let lifetimes: ClosedRange<Duration> = .seconds(60)...(.seconds(90 * 86400))

  /// Issues an SVID with a key of its own (P-256).
  ///
  /// It is entered in the authority's register, durably, before it is returned.
  /// - Parameters:
  ///   - lifetime: from now, in ``lifetimes``; never beyond the intermediate's own end.
  ///   - dnsNames: further names, for clients that check host names.
  ///   - ipAddresses: further addresses, likewise (IPv4 or IPv6 text).
  /// - Throws: ``IdentityError``.
  public func issue(
    _ id: SPIFFEID, lifetime: Duration = .seconds(86400), dnsNames: [String] = [], ipAddresses: [String] = [],
    at date: Date = Date()
  ) throws(IdentityError) -> IssuedSVID {
    guard id.trustDomain == trustDomain else {
      throw IdentityError(.badInput, "\(id) is not of this authority's trust domain \(trustDomain)")
    }
    guard Self.lifetimes.contains(lifetime) else {
      throw IdentityError(.badInput, "a lifetime of \(lifetime) is out of range, allowed: 1 minute to 90 days")
    }
    guard date >= issuer.notValidBefore, date.addingTimeInterval(60) <= issuer.notValidAfter else {
      throw IdentityError(
        .badInput,
        "the intermediate is valid from \(issuer.notValidBefore.formatted(.iso8601)) to "
          + "\(issuer.notValidAfter.formatted(.iso8601)): check the clock, or make a new authority")
    }
    let names = try CertificateProfile.names(id, dnsNames: dnsNames, ipAddresses: ipAddresses)
    let leafKey = P256.Signing.PrivateKey()
    let leaf = try CertificateProfile.leaf(
      names: names, key: leafKey.publicKey, issuer: issuer, issuerKey: key, from: date,
      until: min(date.addingTimeInterval(Double(lifetime.components.seconds)), issuer.notValidAfter))
    let serial = leaf.serialNumber.bytes.map { String(format: "%02x", $0) }.joined()
    try register?.enter(
      IssuanceRegister.Entry(serial: serial, id: id.description, notAfter: leaf.notValidAfter, issuedAt: date))
    return IssuedSVID(
      id: id, serial: serial, notAfter: leaf.notValidAfter, chain: [try CertificateProfile.der(leaf), intermediate],
      roots: [root], privateKeyPEM: try SecretBytes(Array(leafKey.pemRepresentation.utf8)))
  }
}
