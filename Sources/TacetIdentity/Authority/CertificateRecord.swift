public import Foundation

/// A certificate that an authority has issued, as its log tells.
public struct CertificateRecord: Hashable, Sendable {
  /// Its place in the log.
  public let index: UInt64
  /// In lower-case hexadecimal.
  public let serial: String
  /// The SPIFFE ID.
  public let id: String
  /// The identifier of the key that signed it, in lower-case hexadecimal.
  public let issuer: String
  /// SHA-256 of the certificate, in lower-case hexadecimal.
  public let fingerprint: String
  /// From when it is valid.
  public let notBefore: Date
  /// Until when it is valid.
  public let notAfter: Date
  /// When it was issued.
  public let issuedAt: Date
  /// When and why it was revoked; nil where it was not.
  public let revocation: Revocation?

  /// When and why.
  public struct Revocation: Hashable, Sendable {
    /// When.
    public let date: Date
    /// Why.
    public let reason: RevocationReason
  }

  init(_ entry: AuthorityEntry, _ leaf: AuthorityEntry.Leaf, revocation: Revocation?) {
    index = entry.index
    serial = leaf.serial
    id = leaf.id
    issuer = leaf.issuer
    fingerprint = leaf.fingerprint
    notBefore = Date(timeIntervalSince1970: TimeInterval(leaf.notBefore))
    notAfter = Date(timeIntervalSince1970: TimeInterval(leaf.notAfter))
    issuedAt = Date(timeIntervalSince1970: TimeInterval(entry.time))
    self.revocation = revocation
  }
}

/// Which certificates are looked for; what is nil does not matter.
public struct CertificateQuery: Hashable, Sendable {
  /// The serial number, as the log writes it.
  public var serial: String?
  /// The SPIFFE ID.
  public var id: String?
  /// Whether it was revoked.
  public var isRevoked: Bool?
  /// Valid at this time; and, with ``expiresBefore``, no longer at that.
  public var isValidAt: Date?
  /// Expired at this time.
  public var expiresBefore: Date?

  /// All certificates.
  public init() {}

  /// Whether a certificate is one of those.
  func matches(_ record: CertificateRecord) -> Bool {
    if let isRevoked, isRevoked != (record.revocation != nil) { return false }
    if let isValidAt, isValidAt > record.notAfter { return false }
    if let expiresBefore, expiresBefore < record.notAfter { return false }
    return true
  }

  /// Whether it may be one of those, which costs less to ask.
  func mayMatch(_ leaf: AuthorityEntry.Leaf) -> Bool {
    (serial == nil || serial == leaf.serial) && (id == nil || id == leaf.id)
  }

  /// Whether a line may be about one of those, which costs less still.
  fileprivate func glance(revoked: [SerialNumber: CertificateRecord.Revocation]) -> (LeafOutline) -> Bool {
    let serial = serial.flatMap { SerialNumber(hexadecimal: $0) }
    let id = id.map { Array("\($0)\"".utf8) }
    let isRevoked = isRevoked
    return { line in
      if let serial, line.serial != serial { return false }
      if let id, !line.hasID(id) { return false }
      return isRevoked.map { $0 == (revoked[line.serial] != nil) } ?? true
    }
  }
}

extension LogFile {
  /// How a revocation begins, and no other entry.
  private static let revocationStart: StaticString = "{\"id\""

  /// What was revoked, by serial number.
  /// - Throws: ``IdentityError``.
  func revocations(before end: End) throws(IdentityError) -> [SerialNumber: CertificateRecord.Revocation] {
    var revoked: [SerialNumber: CertificateRecord.Revocation] = [:]
    try forEachLine(before: end.offset) { line throws(IdentityError) in
      guard line.begins(with: Self.revocationStart) else { return }
      guard let entry = AuthorityEntry(canonicalBytes: line), case .revoke(let text, _, let name) = entry.content,
        let reason = RevocationReason(name: name), let serial = SerialNumber(hexadecimal: text)
      else { throw damaged("a revocation cannot be read") }
      let date = Date(timeIntervalSince1970: TimeInterval(entry.time))
      // The first counts.
      revoked[serial] = revoked[serial] ?? .init(date: date, reason: reason)
    }
    return revoked
  }

  /// Calls `body` with each certificate that is looked for, in the order of issue.
  /// - Throws: ``IdentityError``; what `body` throws.
  func forEachRecord(
    of query: CertificateQuery, before end: End, _ body: (CertificateRecord) throws(IdentityError) -> Void
  ) throws(IdentityError) {
    let revoked = try revocations(before: end)
    try forEachLeaf(before: end, where: query.glance(revoked: revoked)) { entry, _ throws(IdentityError) in
      guard let leaf = entry.leaf, query.mayMatch(leaf) else { return }
      let revocation = SerialNumber(hexadecimal: leaf.serial).flatMap { revoked[$0] }
      let record = CertificateRecord(entry, leaf, revocation: revocation)
      if query.matches(record) { try body(record) }
    }
  }
}

extension CertificateAuthority {
  /// Calls `body` with each certificate of the authority of a state folder that is looked for, in the order of issue. Needs no
  /// passphrase.
  /// - Throws: ``IdentityError`` when the log cannot be read.
  public static func forEachRecord(
    of query: CertificateQuery, state: URL, _ body: (CertificateRecord) -> Void
  ) throws(IdentityError) {
    let log = try Files.existing(state: state).readLog()
    try log.forEachRecord(of: query, before: try log.end()) { record throws(IdentityError) in body(record) }
  }

  /// The workload of that path (`ROLE/NAME`) in the trust domain of the authority of a state folder.
  /// - Throws: ``IdentityError``, ``SPIFFEIDError``.
  public static func workload(_ path: String, state: URL) throws -> SPIFFEID {
    try SPIFFEID(trustDomain: try Files.existing(state: state).readTrustDomain(), path: path)
  }

  /// The log file of the authority of a state folder, and its public key.
  /// - Throws: ``IdentityError``.
  public static func log(state: URL) throws(IdentityError) -> (file: URL, key: String) {
    let files = try Files.existing(state: state)
    return (file: files.log, key: try files.readLogKey().description)
  }
}
