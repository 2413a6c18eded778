public import Foundation
import TacetLog
import X509

/// Intermediates that are revoked, and the lists of the roots that say so.
extension CertificateAuthority {
  /// Which intermediate.
  public enum Intermediate: Hashable, Sendable {
    /// By its number, from 1: the rotations count.
    case number(Int)
    /// By its serial number.
    case serial(SerialNumber)
  }

  /// An intermediate that was revoked.
  public struct RevokedIntermediate: Hashable, Sendable {
    /// Its number.
    public let number: Int
    /// Its serial number.
    public let serial: SerialNumber
    /// Since when.
    public let date: Date
  }

  /// The number of the intermediate in force.
  /// - Throws: ``IdentityError``.
  public static func number(state: URL) throws(IdentityError) -> Int {
    try Files.existing(state: state).generation()
  }

  /// Revokes an intermediate that a rotation has replaced, durably: with it goes everything that it has signed, wherever the next
  /// list of its root arrives. Revoking twice changes nothing.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase; bad input for the one in force, or one whose root is somebody
  ///   else's; missing where there is none.
  public static func revoke(
    intermediate: Intermediate, reason: RevocationReason = .unspecified, state: URL, passphrase: Passphrase,
    at date: Date = Date()
  ) throws(IdentityError) -> RevokedIntermediate {
    let files = try Files.existing(state: state)
    let trustDomain = try files.readTrustDomain()
    return try files.openLog(passphrase: passphrase).exclusively { turn throws(IdentityError) in
      let (number, serial) = try find(intermediate, in: files)
      guard number != (try files.generation()) else {
        throw IdentityError(.badInput, "intermediate \(number) is in force: `tacet ca rotate` first")
      }
      guard files.generation(number).hasRootKey else {
        throw IdentityError(
          .badInput,
          "the root above intermediate \(number) is not this authority's: have it revoked by whose root it is")
      }
      if let earlier = try turn.revocations()[serial] {
        return RevokedIntermediate(number: number, serial: serial, date: earlier.date)
      }
      // The ID of a signing certificate is that of its trust domain.
      try turn.append(
        [.revoke(serial: serial.description, id: "spiffe://\(trustDomain)", reason: reason.description)], at: date)
      return RevokedIntermediate(number: number, serial: serial, date: date)
    }
  }

  private static func find(
    _ intermediate: Intermediate, in files: Files
  ) throws(IdentityError) -> (number: Int, serial: SerialNumber) {
    for (number, generation) in try files.all() {
      let serial = try generation.readSerial()
      switch intermediate {
      case .number(let wanted) where wanted == number: return (number, serial)
      case .serial(let wanted) where wanted == serial: return (number, serial)
      default: continue
      }
    }
    throw IdentityError(.missing, "there is no such intermediate: see `tacet ca log show` for those that there were")
  }

  /// Signs the revocation lists of the roots, that in force first: of every root that may have intermediates in use and whose key
  /// this authority has. Their numbers are those of their entries in the log. They are kept with the authority, to be handed out
  /// without the root's key (see ``rootRevocationLists(state:)``).
  /// - Parameter nextUpdate: how long they are in force.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase; bad input where the root is somebody else's.
  public static func signRootRevocationLists(
    state: URL, passphrase: Passphrase, nextUpdate: Duration, at date: Date = Date()
  ) throws(IdentityError) -> [SignedList] {
    let end = try end(of: nextUpdate, at: date)
    let files = try Files.existing(state: state)
    return try files.openLog(passphrase: passphrase).exclusively { turn throws(IdentityError) in
      var roots: [CertificateProfile.Issuer] = []
      for generation in try files.living(at: date) where generation.hasRootKey {
        let certificate = try generation.readRoot()
        let name = Hexadecimal.text(CertificateProfile.keyIdentifier(of: certificate))
        if roots.contains(where: { $0.name == name }) { continue }
        let key = try generation.openKey(generation.rootKey, passphrase: passphrase)
        roots.append(CertificateProfile.Issuer(certificate: certificate, key: key))
      }
      guard !roots.isEmpty else {
        throw IdentityError(.badInput, "the root is not this authority's: its list is signed by whose root it is")
      }
      let revoked = try revokedIntermediates(in: files, turn)
      let lists = try signLists(of: revoked, by: roots, in: &turn, at: date, until: end)
      try SecretFile.write(Data(lists.map(\.list.pem).joined().utf8), to: files.rootLists, mode: 0o644)
      return lists
    }
  }

  /// The revocation lists of the roots as they were signed last; none where they never were. Needs no passphrase.
  /// - Throws: ``IdentityError``.
  public static func rootRevocationLists(state: URL) throws(IdentityError) -> [RevocationList] {
    let files = try Files.existing(state: state)
    guard FileManager.default.fileExists(atPath: files.rootLists.path) else { return [] }
    return try RevocationList.lists(contentsOf: files.rootLists)
  }

  /// The intermediates that are revoked, by the name of the root that signed them.
  private static func revokedIntermediates(
    in files: Files, _ turn: AuthorityLog.Turn
  ) throws(IdentityError) -> [String: [RevocationList.Entry]] {
    let revoked = try turn.proved { log, end throws(IdentityError) in try log.revocations(before: end) }
    var entries: [String: [RevocationList.Entry]] = [:]
    for (_, generation) in try files.all() {
      let serial = try generation.readSerial()
      guard let revocation = revoked[serial] else { continue }
      let root = Hexadecimal.text(CertificateProfile.keyIdentifier(of: try generation.readRoot()))
      entries[root, default: []].append(
        .init(serial: serial, revokedAt: revocation.date, reason: revocation.reason))
    }
    return entries
  }
}

extension CertificateAuthority.Files {
  /// Every generation that there was, with its number, the one in force last.
  /// - Throws: ``IdentityError``.
  func all() throws(IdentityError) -> [(number: Int, files: CertificateAuthority.GenerationFiles)] {
    (1...(try generation())).map { (number: $0, files: generation($0)) }.filter(\.files.exists)
  }
}

extension CertificateAuthority.GenerationFiles {
  /// Whether the root's key is here.
  fileprivate var hasRootKey: Bool { FileManager.default.fileExists(atPath: rootKey.path) }

  /// The serial number of the intermediate.
  /// - Throws: ``IdentityError``.
  fileprivate func readSerial() throws(IdentityError) -> SerialNumber {
    guard let serial = SerialNumber(octets: try readIntermediate().serialNumber.bytes) else {
      throw IdentityError(.badInput, "\(intermediate.path) is damaged: restore it from a backup")
    }
    return serial
  }

  /// - Throws: ``IdentityError``.
  fileprivate func readRoot() throws(IdentityError) -> Certificate {
    guard let der = try PEMFile.certificates(root).first, let certificate = try? Certificate(derEncoded: der) else {
      throw IdentityError(.badInput, "\(root.path) is damaged: restore it from a backup")
    }
    return certificate
  }
}
