public import Foundation
import X509

/// Revocation lists that are handed out until newer ones are due.
struct KeptLists: Sendable {
  let lists: [CertificateAuthority.SignedList]
  /// What they were made of.
  let issuers: [String]
  let revocations: Int
  /// When half of their time is over.
  let renewAt: Date
}

extension RegistrationDesk {
  /// The revocation lists of all issuers that may have certificates in use, the one in force first. They are kept, and signed
  /// anew when half of their time is over, when something was revoked, and after a rotation.
  /// - Throws: ``IdentityError``.
  public func revocationLists(at date: Date = Date()) throws(IdentityError) -> [CertificateAuthority.SignedList] {
    try refresh(at: date)
    let issuers = try authority(at: date).issuers(at: date).map(\.name)
    // Who asks while they are signed waits for them.
    return try lists.withLock { kept throws(IdentityError) in
      let revocations = index.withLock { $0.revoked.count }
      if let kept, kept.issuers == issuers, kept.revocations == revocations, date < kept.renewAt { return kept.lists }
      let made = try signLists(at: date)
      kept = made
      return made.lists
    }
  }

  private func signLists(at date: Date) throws(IdentityError) -> KeptLists {
    let lifetime = min(
      max(settings.listLifetime, CertificateAuthority.listLifetimes.lowerBound),
      CertificateAuthority.listLifetimes.upperBound)
    let span = TimeInterval(lifetime.components.seconds)
    return try exclusively(at: date) { authority, turn throws(IdentityError) in
      let (entries, count) = index.withLock { (Self.entries(of: $0, at: date), $0.revoked.count) }
      let issuers = authority.issuers(at: date)
      let lists = try CertificateAuthority.signLists(
        of: entries, by: issuers, in: &turn, at: date, until: date.addingTimeInterval(span))
      return KeptLists(
        lists: lists, issuers: issuers.map(\.name), revocations: count, renewAt: date.addingTimeInterval(span / 2))
    }
  }

  private static func entries(of index: LogIndex, at date: Date) -> [String: [RevocationList.Entry]] {
    let since = date.addingTimeInterval(-CertificateAuthority.keptAfterExpiry).secondsSince1970
    var entries: [String: [RevocationList.Entry]] = [:]
    for (serial, revoked) in index.revoked where revoked.notAfter >= since {
      entries[revoked.issuer, default: []].append(
        .init(serial: serial, revokedAt: revoked.date, reason: revoked.reason))
    }
    return entries
  }

  /// The revocation of a peer's certificate, or of one that signed it, as far as the log was followed; nil where there is none.
  public func revocation(of peer: PeerIdentity) -> ChainRejection? {
    guard let serial = SerialNumber(hexadecimal: peer.serial) else { return nil }
    let signers = peer.path.dropFirst().compactMap { SerialNumber(octets: $0.serialNumber.bytes) }
    return index.withLock { index in
      if let found = index.revoked[serial] {
        return .revoked(serial: serial, since: found.date, reason: found.reason)
      }
      for signer in signers {
        guard let found = index.revokedSigners[signer] else { continue }
        return .revoked(serial: signer, since: found.date, reason: found.reason)
      }
      return nil
    }
  }

  // MARK: OCSP

  /// Answers an OCSP request (RFC 6960), DER to DER. What cannot be answered is answered with the error that says so.
  public func ocspResponse(to request: [UInt8], at date: Date = Date()) -> [UInt8] {
    let asked: OCSPRequest
    do throws(OCSPFlaw) {
      asked = try OCSPRequest(der: request)
    } catch {
      return OCSPAnswer.malformedRequest
    }
    do throws(IdentityError) {
      try refresh(at: date)
      let issuers = try authority(at: date).issuers(at: date)
      // One key signs it all: that of the first certificate's issuer that is ours.
      guard let issuer = asked.targets.lazy.compactMap({ target in issuers.first { target.isOf($0) } }).first else {
        return OCSPAnswer.unauthorized
      }
      var statuses: [OCSPResponse.Status] = []
      for target in asked.targets { statuses.append(try status(of: target, by: issuer)) }
      let lifetime = TimeInterval(max(settings.answerLifetime, .seconds(1)).components.seconds)
      return try OCSPAnswer.signed(
        Array(zip(asked.targets, statuses)), nonce: asked.nonce, by: issuer, at: date,
        until: date.addingTimeInterval(lifetime))
    } catch {
      return OCSPAnswer.tryLater
    }
  }

  private func status(
    of target: OCSPRequest.Target, by issuer: CertificateProfile.Issuer
  ) throws(IdentityError) -> OCSPResponse.Status {
    guard target.isOf(issuer) else { return .unknown }
    return try index.withLock { index throws(IdentityError) in
      guard let leaf = try index.leaf(serial: target.serial, in: log.log), leaf.issuer == issuer.name else {
        return .unknown
      }
      return index.revoked[target.serial].map { .revoked(since: $0.date, reason: $0.reason) } ?? .good
    }
  }
}
