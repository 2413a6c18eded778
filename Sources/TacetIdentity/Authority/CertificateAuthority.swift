import Crypto
public import Foundation
import SwiftASN1
import Synchronization
import TacetLog
import X509

/// The built-in certificate authority: a root that signs one intermediate, and the intermediate that signs SVIDs.
///
/// The root's key is only opened to make an intermediate; issuing needs the intermediate's alone. The intermediate may sign
/// leaves only (pathlen 0) and URI names of its trust domain only. Whatever it does is an entry of its log first.
public struct CertificateAuthority: Sendable {
  /// The trust domain it issues for.
  public let trustDomain: TrustDomain
  /// The root in force, DER.
  public let root: [UInt8]
  /// The intermediate in force, DER.
  public let intermediate: [UInt8]
  /// The bundle: the roots that are trusted, DER, the one in force first.
  public let roots: [[UInt8]]

  let issuer: CertificateProfile.Issuer
  /// What is presented above a leaf, the intermediate first.
  let signers: [Signer]
  /// Nil for an authority in memory.
  let record: Record?

  /// A certificate above the leaves.
  struct Signer: Sendable {
    let der: [UInt8]
    let notAfter: Date

    /// - Throws: ``IdentityError`` when it is no certificate.
    init(_ der: [UInt8]) throws(IdentityError) {
      guard let certificate = try? Certificate(derEncoded: der) else {
        throw IdentityError(.badInput, "a certificate of the authority cannot be read: restore it from a backup")
      }
      self.der = der
      notAfter = certificate.notValidAfter
    }
  }

  /// Where an authority keeps what it does.
  struct Record: Sendable {
    let log: AuthorityLog
    let files: Files
    /// The generation that was opened; another in force means that the authority was rotated meanwhile.
    let generation: Int
  }

  init(
    trustDomain: TrustDomain, roots: [[UInt8]], signers: [[UInt8]], key: Certificate.PrivateKey, record: Record?
  ) throws(IdentityError) {
    guard let root = roots.first, let intermediate = signers.first,
      let certificate = try? Certificate(derEncoded: intermediate), certificate.publicKey == key.publicKey
    else { throw IdentityError(.badInput, "the intermediate's certificate and key do not belong together") }
    self.trustDomain = trustDomain
    self.root = root
    self.intermediate = intermediate
    self.roots = roots
    self.signers = try signers.map(Signer.init)
    self.record = record
    issuer = CertificateProfile.Issuer(certificate: certificate, key: key)
  }

  /// An authority that lives in memory only: for tests and drills.
  package static func ephemeral(trustDomain: TrustDomain) throws(IdentityError) -> CertificateAuthority {
    try ephemeral(trustDomain: trustDomain, at: Date())
  }

  /// The same, made at another time.
  static func ephemeral(trustDomain: TrustDomain, at date: Date) throws(IdentityError) -> CertificateAuthority {
    let root = try CertificateProfile.makeRoot(trustDomain: trustDomain, at: date)
    let intermediate = try CertificateProfile.makeIntermediate(trustDomain: trustDomain, root: root, at: date)
    return try CertificateAuthority(
      trustDomain: trustDomain, roots: [try CertificateProfile.der(root.certificate)],
      signers: [try CertificateProfile.der(intermediate.certificate)], key: intermediate.key, record: nil)
  }

  /// How long a certificate may live, whatever a profile says.
  public static let lifetimes: ClosedRange<Duration> = .seconds(60)...(.seconds(90 * 86400))

  /// Issues an SVID with a key of its own.
  ///
  /// It is entered in the authority's log, durably, before it is returned.
  /// - Parameters:
  ///   - lifetime: from now, as the profile allows; never beyond the intermediate's own end. Nil for the profile's.
  ///   - dnsNames: further names, for clients that check host names.
  ///   - ipAddresses: further addresses, likewise (IPv4 or IPv6 text).
  ///   - profile: what is granted.
  /// - Throws: ``IdentityError``.
  public func issue(
    _ id: SPIFFEID, lifetime: Duration? = nil, dnsNames: [String] = [], ipAddresses: [String] = [],
    profile: LeafProfile = .standard, at date: Date = Date()
  ) throws(IdentityError) -> IssuedSVID {
    let key = profile.makeKey()
    guard let pem = try? key.serializeAsPEM().pemString else {
      throw IdentityError(.internalFault, "a key could not be written")
    }
    let request = LeafRequest(
      id: id, key: key.publicKey, lifetime: lifetime, dnsNames: dnsNames, ipAddresses: ipAddresses)
    guard let leaf = try certify([request], profile: profile, at: date).first else {
      throw IdentityError(.internalFault, "a certificate could not be made")
    }
    return IssuedSVID(
      id: id, serial: leaf.serial, notAfter: leaf.notAfter, chain: leaf.chain, roots: roots,
      privateKeyPEM: try SecretBytes(Array((pem + "\n").utf8)))
  }

  // MARK: Certifying

  /// Issues certificates for keys; all of them are in the log, durably, when this returns.
  /// - Throws: ``IdentityError``; then none of them is issued.
  func certify(
    _ requests: [LeafRequest], profile: LeafProfile, at date: Date = Date()
  ) throws(IdentityError) -> [IssuedLeaf] {
    try CertificateProfile.checkMaySign(issuer.certificate, at: date)
    let template = try LeafTemplate(profile: profile, issuer: issuer)
    let made = try Parallel.map(requests) { request throws(IdentityError) in
      try certificate(for: request, by: template, profile: profile, at: date)
    }
    try record(made.map(\.entry), at: date)
    return made.map(\.leaf)
  }

  /// Makes a certificate, and what the log is to say of it first.
  /// - Throws: ``IdentityError``.
  func certificate(
    for request: LeafRequest, by template: LeafTemplate, profile: LeafProfile, at date: Date
  ) throws(IdentityError) -> (leaf: IssuedLeaf, entry: AuthorityEntry.Content) {
    guard request.id.trustDomain == trustDomain else {
      throw IdentityError(.badInput, "\(request.id) is not of this authority's trust domain \(trustDomain)")
    }
    try profile.check(request)
    guard SPIFFEID.isSegment(profile.name) else {
      throw IdentityError(.badInput, "\(profile.name.debugDescription) is no name of a profile")
    }
    let lifetime = TimeInterval((request.lifetime ?? profile.lifetime).components.seconds)
    // A leaf does not begin before its issuer, whose first second may be rounded up; it lives as long as was granted all the same, or
    // each renewal of one from an authority's first second would be shorter.
    let start = max(date, issuer.certificate.notValidBefore.addingTimeInterval(CertificateProfile.leeway))
    let made = try template.certificate(
      names: try CertificateProfile.names(
        request.id, dnsNames: request.dnsNames, ipAddresses: request.ipAddresses),
      keyInfo: try request.writtenKey(), from: start,
      until: min(start.addingTimeInterval(lifetime), issuer.certificate.notValidAfter))
    let entry = AuthorityEntry.Leaf(
      fingerprint: Fingerprint.of(made.der), id: request.id.description, issuer: issuer.name,
      notBefore: made.notBefore.date.secondsSince1970, notAfter: made.notAfter.date.secondsSince1970,
      serial: made.serial, profile: profile.name == LeafProfile.standard.name ? nil : profile.name,
      token: request.token)
    // A signer that ends before the leaf would spoil its chain; the leaf is good without the bridges.
    let end = made.notAfter.date
    let leaf = IssuedLeaf(
      id: request.id, serial: made.serial, notAfter: end, chain: [made.der] + signers(until: end))
    return (leaf, request.renews.map { .renew(entry, renews: $0) } ?? .issue(entry))
  }

  /// What is presented above a leaf that expires then.
  func signers(until end: Date) -> [[UInt8]] { signers.filter { $0.notAfter >= end }.map(\.der) }

  /// Makes the log say what is done, durably.
  /// - Throws: ``IdentityError``; then it must not be done.
  private func record(_ contents: [AuthorityEntry.Content], at date: Date) throws(IdentityError) {
    guard let record else { return }
    try record.log.exclusively { turn throws(IdentityError) in
      try record.checkGeneration()
      try turn.append(contents, at: date)
    }
  }
}

extension CertificateAuthority.Record {
  /// Checks that the authority is still the one that was opened; to be asked while nobody else writes to the log.
  /// - Throws: ``IdentityError``.
  func checkGeneration() throws(IdentityError) {
    guard try files.generation() == generation else {
      throw IdentityError(.inputOutput, "the authority was rotated meanwhile: run the command again")
    }
  }
}

extension AuthorityEntry.Signer {
  /// - Throws: ``IdentityError``.
  init(_ certificate: Certificate, level: Level) throws(IdentityError) {
    self.init(
      fingerprint: Fingerprint.of(try CertificateProfile.der(certificate)),
      key: Hexadecimal.text(CertificateProfile.keyIdentifier(of: certificate)), level: level,
      notBefore: certificate.notValidBefore.secondsSince1970, notAfter: certificate.notValidAfter.secondsSince1970,
      serial: Hexadecimal.text(certificate.serialNumber.bytes))
  }
}
