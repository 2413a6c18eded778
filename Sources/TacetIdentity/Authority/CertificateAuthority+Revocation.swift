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
    var query = CertificateQuery()
    switch what {
    case .serial(let serial): query.serial = serial.description
    case .id(let id): (query.id, query.isValidAt) = (id.description, date)
    }
    return try record.log.exclusively { turn throws(IdentityError) in
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
    state: URL, passphrase: Passphrase, nextUpdate: Duration, at date: Date = Date()
  ) throws(IdentityError) -> [SignedList] {
    guard listLifetimes.contains(nextUpdate) else {
      throw IdentityError(.badInput, "a revocation list is in force for 1m to 30d, not \(nextUpdate.inWords)")
    }
    let files = try Files.existing(state: state)
    let log = try files.openLog(passphrase: passphrase)
    return try log.exclusively { turn throws(IdentityError) in
      var issuers: [CertificateProfile.Issuer] = []
      for generation in try files.living(at: date) {
        let issuer = try generation.openIssuer(passphrase: passphrase)
        if !issuers.contains(where: { $0.name == issuer.name }) { issuers.append(issuer) }
      }
      let entries = try entries(in: turn, at: date)
      let end = date.addingTimeInterval(TimeInterval(nextUpdate.components.seconds))
      return try signLists(of: entries, by: issuers, in: &turn, at: date, until: end)
    }
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
    in turn: AuthorityLog.Turn, at date: Date
  ) throws(IdentityError) -> [String: [RevocationList.Entry]] {
    var entries: [String: [RevocationList.Entry]] = [:]
    var query = CertificateQuery()
    query.isRevoked = true
    query.isValidAt = date.addingTimeInterval(-keptAfterExpiry)
    try turn.forEachRecord(of: query) { record throws(IdentityError) in
      guard let revocation = record.revocation, let serial = SerialNumber(hexadecimal: record.serial) else { return }
      entries[record.issuer, default: []].append(
        .init(serial: serial, revokedAt: revocation.date, reason: revocation.reason))
    }
    return entries
  }
}
