public import Foundation
import SwiftASN1
import X509

/// A certificate revocation list (RFC 5280 §5): whole, of version 2, numbered.
///
/// A value of this type can be read and is well-formed; whose it is and whether it is in force is for
/// ``check(issuedBy:at:grace:)`` to say.
public struct RevocationList: Sendable {
  /// One revoked certificate.
  public struct Entry: Hashable, Sendable {
    /// Its serial number.
    public let serial: SerialNumber
    /// Since when it is not to be trusted.
    public let revokedAt: Date
    /// Why.
    public let reason: RevocationReason

    /// - Parameters:
    ///   - serial: of the certificate.
    ///   - revokedAt: since when; whole seconds are kept.
    ///   - reason: why.
    public init(serial: SerialNumber, revokedAt: Date, reason: RevocationReason = .unspecified) {
      self.serial = serial
      self.revokedAt = revokedAt
      self.reason = reason
    }
  }

  /// The most bytes that are read: about 1.8 million entries.
  public static let mostBytes = 64 << 20

  /// The list as signed.
  public let der: [UInt8]
  /// Its number; each list of an authority has a higher one than the list before (§5.2.3).
  public let number: SerialNumber
  /// When it was issued.
  public let thisUpdate: Date
  /// When the next one will be there.
  public let nextUpdate: Date
  /// What is revoked, by serial number.
  public let entries: [Entry]

  let issuer: DistinguishedName
  let keyIdentifier: [UInt8]?
  let signed: ArraySlice<UInt8>
  let scheme: SignatureScheme
  let signature: ArraySlice<UInt8>

  /// The entry of a certificate of this issuer; nil where it is not revoked. Takes log₂(entries) steps.
  public func entry(_ serial: SerialNumber) -> Entry? {
    var (low, high) = (entries.startIndex, entries.endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if entries[middle].serial < serial { low = middle + 1 } else { high = middle }
    }
    return low < entries.endIndex && entries[low].serial == serial ? entries[low] : nil
  }

  /// The list as a PEM file has it.
  public var pem: String { PEMFile.text(Self.discriminator, der) }

  static let discriminator = "X509 CRL"

  // MARK: Whose it is, and whether it is in force

  /// Whether it is the list of this authority and in force.
  ///
  /// - Parameters:
  ///   - certificate: of the authority, DER.
  ///   - date: the time to judge by.
  ///   - grace: how long after ``nextUpdate`` it is still good enough.
  /// - Throws: ``RevocationListFlaw``.
  public func check(
    issuedBy certificate: [UInt8], at date: Date, grace: Duration = .zero
  ) throws(RevocationListFlaw) {
    guard let issuer = try? Certificate(derEncoded: certificate) else { throw .otherIssuer }
    try check(issuedBy: issuer)
    try check(at: date, grace: grace)
  }

  /// The name, the key identifier, the key usage and the signature (RFC 5280 §6.3.3 (b), (f), (g)).
  func check(issuedBy certificate: Certificate) throws(RevocationListFlaw) {
    guard isOf(certificate) else { throw .otherIssuer }
    try Self.checkMayIssue(certificate)
    try check(signedBy: certificate.publicKey)
  }

  static func checkMayIssue(_ certificate: Certificate) throws(RevocationListFlaw) {
    if let usage = try? certificate.extensions.keyUsage, !usage.cRLSign { throw .mayNotSign }
  }

  func check(signedBy key: Certificate.PublicKey) throws(RevocationListFlaw) {
    guard CertificateRules.isStrong(key) else { throw .weakAlgorithm }
    guard key.isValidSignature(signature, for: signed, signatureAlgorithm: scheme.algorithm) else { throw .forged }
  }

  /// Whether it says to be of this authority, by name and, where both sides name one, by key: an authority that changes its key
  /// keeps its name (§5.2.1).
  func isOf(_ certificate: Certificate) -> Bool {
    guard issuer == certificate.subject else { return false }
    guard let keyIdentifier, let own = try? certificate.extensions.subjectKeyIdentifier?.keyIdentifier else {
      return true
    }
    return own.elementsEqual(keyIdentifier)
  }

  /// Whether its time has come and not passed.
  func check(at date: Date, grace: Duration) throws(RevocationListFlaw) {
    guard date >= thisUpdate else { throw .notYetIssued(thisUpdate: thisUpdate) }
    guard date <= nextUpdate.addingTimeInterval(TimeInterval(max(grace, .zero).components.seconds)) else {
      throw .stale(nextUpdate: nextUpdate)
    }
  }
}
