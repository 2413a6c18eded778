public import Foundation
import X509

extension CertificateAuthority {
  /// What to revoke.
  public enum Revoked: Hashable, Sendable {
    /// One certificate.
    case serial(SerialNumber)
    /// Every certificate of a workload that has not expired.
    case id(SPIFFEID)
  }

  /// Revokes certificates, durably: they are in every revocation list from now on.
  /// - Returns: what is revoked now, whether by this call or before.
  /// - Throws: ``IdentityError``: missing where there is no such certificate.
  public func revoke(
    _ what: Revoked, reason: RevocationReason = .unspecified, at date: Date = Date()
  ) throws(IdentityError) -> [CertificateRecord] {
    guard let record else { throw IdentityError(.internalFault, "an authority in memory revokes nothing") }
    return try Self.revoke(what, reason: reason, in: record.log, at: date)
  }

  /// The same for the authority of a state folder: the key of its log is all that is opened.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase; missing where there is no such certificate.
  public static func revoke(
    _ what: Revoked, reason: RevocationReason = .unspecified, state: URL, passphrase: Passphrase, at date: Date = Date()
  ) throws(IdentityError) -> [CertificateRecord] {
    try revoke(what, reason: reason, in: try Files.existing(state: state).openLog(passphrase: passphrase), at: date)
  }

  private static func revoke(
    _ what: Revoked, reason: RevocationReason, in log: AuthorityLog, at date: Date
  ) throws(IdentityError) -> [CertificateRecord] {
    var query = CertificateQuery()
    switch what {
    case .serial(let serial): query.serial = serial.description
    case .id(let id): (query.id, query.isValidAt) = (id.description, date)
    }
    return try log.exclusively { turn throws(IdentityError) in
      var found: [CertificateRecord] = []
      try turn.forEachRecord(of: query) { found.append($0) }
      guard !found.isEmpty else { throw Self.nothing(what) }
      let new = found.filter { $0.revocation == nil }
      guard !new.isEmpty else { return found }
      try turn.append(
        new.map { .revoke(serial: $0.serial, id: $0.id, reason: reason.description) }, at: date)
      var revoked: [CertificateRecord] = []
      query.isValidAt = nil
      try turn.forEachRecord(of: query) { if $0.revocation != nil { revoked.append($0) } }
      return revoked.filter { record in found.contains { $0.serial == record.serial } }
    }
  }

  /// Revokes many certificates at once, durably and all of them or none, however many there are.
  /// - Returns: how many are revoked by this call, and how many were before.
  /// - Throws: ``IdentityError``: missing where one of them was never issued.
  public static func revoke(
    _ serials: Set<SerialNumber>, reason: RevocationReason = .unspecified, state: URL, passphrase: Passphrase,
    at date: Date = Date()
  ) throws(IdentityError) -> (new: Int, before: Int) {
    let log = try Files.existing(state: state).openLog(passphrase: passphrase)
    return try log.exclusively { turn throws(IdentityError) in
      let revoked = try turn.revocations()
      var unknown = serials
      var new: [AuthorityEntry.Content] = []
      try turn.forEachEntry(where: { serials.contains($0.serial) }) { entry throws(IdentityError) in
        guard let leaf = entry.leaf, let serial = SerialNumber(hexadecimal: leaf.serial),
          unknown.remove(serial) != nil, revoked[serial] == nil
        else { return }
        new.append(.revoke(serial: leaf.serial, id: leaf.id, reason: reason.description))
      }
      if let first = unknown.min() { throw nothing(.serial(first)) }
      if !new.isEmpty { try turn.append(new, at: date) }
      return (new: new.count, before: serials.count - new.count)
    }
  }

  private static func nothing(_ what: Revoked) -> IdentityError {
    switch what {
    case .serial(let serial):
      IdentityError(.missing, "no certificate with serial number \(serial): see `tacet ca list`")
    case .id(let id): IdentityError(.missing, "no certificate of \(id) that has not expired: see `tacet ca list`")
    }
  }

  /// A revocation list, and by whom.
  public struct SignedList: Sendable {
    /// The identifier of the key that signed it, in lower-case hexadecimal.
    public let issuer: String
    /// Its number.
    public let number: UInt64
    /// The list.
    public let list: RevocationList
  }

  /// How long a revocation list may be in force.
  public static let listLifetimes: ClosedRange<Duration> = .seconds(60)...(.seconds(30 * 86400))

  /// How long the expired stay in the lists: at least once beyond their end (RFC 5280 §5.2).
  static let keptAfterExpiry: TimeInterval = 30 * 86400

  /// Signs the revocation lists: of the intermediate in force, first, and of every earlier one that may have certificates in use.
  /// Their numbers are those of their entries in the log.
  /// - Parameter nextUpdate: how long they are in force.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase.
  public static func signRevocationLists(
    state: URL, passphrase: Passphrase, pin: PKCS11PIN? = nil, nextUpdate: Duration, at date: Date = Date()
  ) throws(IdentityError) -> [SignedList] {
    let end = try Self.end(of: nextUpdate, at: date)
    let files = try Files.existing(state: state)
    let log = try files.openLog(passphrase: passphrase)
    return try log.exclusively { turn throws(IdentityError) in
      var issuers: [CertificateProfile.Issuer] = []
      for generation in try files.living(at: date) {
        let issuer = try generation.openIssuer(passphrase: passphrase, pin: pin)
        if !issuers.contains(where: { $0.name == issuer.name }) { issuers.append(issuer) }
      }
      let entries = try turn.proved { log, end throws(IdentityError) in
        try Self.entries(in: log, before: end, at: date)
      }
      return try signLists(of: entries, by: issuers, in: &turn, at: date, until: end)
    }
  }

  /// When a list that is in force for so long ends.
  /// - Throws: ``IdentityError`` for a time out of range.
  static func end(of nextUpdate: Duration, at date: Date) throws(IdentityError) -> Date {
    guard listLifetimes.contains(nextUpdate) else {
      throw IdentityError(.badInput, "a revocation list is in force for 1m to 30d, not \(nextUpdate.inWords)")
    }
    return date.addingTimeInterval(TimeInterval(nextUpdate.components.seconds))
  }

  /// Signs a list by each issuer, and enters them in the log.
  /// - Parameter entries: what is revoked, by issuer.
  /// - Throws: ``IdentityError``.
  static func signLists(
    of entries: [String: [RevocationList.Entry]], by issuers: [CertificateProfile.Issuer],
    in turn: inout AuthorityLog.Turn, at date: Date, until end: Date
  ) throws(IdentityError) -> [SignedList] {
    var lists: [SignedList] = []
    for (offset, issuer) in issuers.enumerated() {
      let number = turn.nextIndex + UInt64(offset)
      let list = try RevocationList.issue(
        entries[issuer.name] ?? [], number: SerialNumber(number), by: issuer.certificate, key: issuer.key,
        thisUpdate: date, nextUpdate: end)
      lists.append(SignedList(issuer: issuer.name, number: number, list: list))
    }
    try turn.append(
      lists.map {
        .list(issuer: $0.issuer, entries: UInt64($0.list.entries.count), nextUpdate: end.secondsSince1970)
      }, at: date)
    return lists
  }

  /// What is revoked, by issuer.
  private static func entries(
    in log: LogFile, before end: LogFile.End, at date: Date
  ) throws(IdentityError) -> [String: [RevocationList.Entry]] {
    var entries: [String: [RevocationList.Entry]] = [:]
    let revoked = try log.revocations(before: end)
    let oldest = date.addingTimeInterval(-keptAfterExpiry).secondsSince1970
    var unseen = Set(revoked.keys)
    try log.forEachLeaf(before: end, where: { revoked[$0.serial] != nil }) { entry, _ throws(IdentityError) in
      switch entry.content {
      case .install(let signer), .rotate(let signer):
        if let serial = SerialNumber(hexadecimal: signer.serial) { unseen.remove(serial) }
      default: break
      }
      guard let leaf = entry.leaf, let serial = SerialNumber(hexadecimal: leaf.serial),
        let revocation = revoked[serial]
      else { return }
      unseen.remove(serial)
      guard leaf.notAfter >= oldest else { return }
      entries[leaf.issuer, default: []].append(
        .init(serial: serial, revokedAt: revocation.date, reason: revocation.reason))
    }
    // A list without them would be worse than none.
    guard unseen.isEmpty else { throw log.damaged("\(unseen.count) revocations are of nothing that was issued") }
    return entries
  }
}
