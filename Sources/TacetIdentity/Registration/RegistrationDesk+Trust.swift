import Crypto
public import Foundation
public import TacetLog

/// A bundle that is handed out while its content is the same.
struct PublishedBundle: Sendable {
  let bundle: TrustBundle
  let json: Data
}

extension RegistrationDesk {
  /// The roots that are trusted, DER, the one in force first.
  /// - Throws: ``IdentityError``.
  public func roots(at date: Date = Date()) throws(IdentityError) -> [[UInt8]] {
    try authority(at: date).roots(at: date)
  }

  /// The bundle of the trust domain, as SPIFFE has it: JSON (see ``TrustBundle``). Its sequence number grows when it changes.
  /// - Throws: ``IdentityError``.
  public func bundle(at date: Date = Date()) throws(IdentityError) -> Data {
    let authority = try authority(at: date)
    let (roots, keys) = (authority.roots(at: date), authority.tokenKeys(at: date).map(\.published))
    return try published.withLock { kept throws(IdentityError) in
      if let kept, kept.bundle.roots == roots, kept.bundle.jwtKeys == keys { return kept.json }
      let unnumbered = TrustBundle(
        trustDomain: trustDomain, roots: roots, jwtKeys: keys, sequence: nil, refreshHint: nil)
      let bundle = TrustBundle(
        trustDomain: trustDomain, roots: roots, jwtKeys: keys,
        sequence: try number(of: Hexadecimal.text(SHA256.hash(data: unnumbered.json))), refreshHint: hint)
      kept = PublishedBundle(bundle: bundle, json: bundle.json)
      return bundle.json
    }
  }

  /// The number of a content: the one it had, or the next, which is kept durably.
  private func number(of content: String) throws(IdentityError) -> UInt64 {
    try log.exclusively { _ throws(IdentityError) in
      let text = (try? String(contentsOf: files.bundleNumber, encoding: .utf8)) ?? ""
      let fields = text.trimmingCharacters(in: .newlines).split(separator: " ")
      let last = fields.first.flatMap { UInt64($0) }
      guard text.isEmpty || fields.count == 2 && last != nil else {
        throw IdentityError(.badInput, "\(files.bundleNumber.path) is damaged: restore it from a backup")
      }
      if let last, fields.last?.elementsEqual(content) ?? false { return last }
      let next = (last ?? 0) &+ 1
      try SecretFile.write(Data("\(next) \(content)\n".utf8), to: files.bundleNumber, mode: 0o600)
      return next
    }
  }

  private var hint: Duration { min(max(settings.refreshHint, .seconds(1)), .seconds(240)) }

  /// Signs a JWT-SVID for who has presented a certificate; it is in the log before it is handed out. Concurrent calls share one sync of
  /// the disk.
  /// - Parameters:
  ///   - audience: for whom it is; at least one.
  ///   - peer: as the verification of its chain found it.
  /// - Throws: ``RegistrationError``, as for ``renew(csr:for:at:)``.
  public func jwt(
    audience: [String], for peer: PeerIdentity, at date: Date = Date()
  ) async throws(RegistrationError) -> (token: String, expiresAt: Date) {
    guard (1...JWTSVID.mostAudiences).contains(audience.count),
      audience.allSatisfy({ (1...JWTSVID.mostAudienceBytes).contains($0.utf8.count) })
    else {
      throw RegistrationError(
        .badRequest,
        "a token is for 1 to \(JWTSVID.mostAudiences) audiences of 1 to \(JWTSVID.mostAudienceBytes) bytes each")
    }
    let serial = try standing(of: peer, at: date).serial
    let (token, entry) = try sign(audience, for: peer, serial, at: date)
    try await record(entry, for: serial, at: date)
    return (token, Date(timeIntervalSince1970: TimeInterval(entry.expires)))
  }

  private func sign(
    _ audience: [String], for peer: PeerIdentity, _ serial: SerialNumber, at date: Date
  ) throws(RegistrationError) -> (token: String, entry: AuthorityEntry.Token) {
    do throws(IdentityError) {
      let keys = try authority(at: date).tokenKeys(at: date)
      // Not by a key that is newer than the bundles of those who are to verify it, as long as there is another.
      let since = date.addingTimeInterval(-TimeInterval(hint.components.seconds))
      guard let key = keys.first(where: { $0.since <= since }) ?? keys.last else { throw files.damaged() }
      let lifetime = min(max(settings.tokenLifetime, .seconds(1)), .seconds(300))
      // It does not outlive the certificate that was shown for it.
      let end = min(date.wholeSecond.addingTimeInterval(TimeInterval(lifetime.components.seconds)), peer.notAfter)
      let token = try JWTSVID.sign(for: peer.id, audience: audience, by: key, at: date, until: end)
      let entry = AuthorityEntry.Token(
        audienceHash: Hexadecimal.text(SHA256.hash(data: Data(JWTSVID.claim(of: audience).utf8))),
        expires: end.secondsSince1970, id: peer.id.description, key: key.published.id, serial: serial.description,
        tokenHash: Hexadecimal.text(SHA256.hash(data: Data(token.utf8))))
      return (token, entry)
    } catch {
      throw RegistrationError(.unavailable, error.description)
    }
  }

  // MARK: The log

  /// The proof that the certificate with this SHA-256 is in the log, against the newest checkpoint; nil where it is not.
  /// - Parameter fingerprint: 32 bytes.
  /// - Throws: ``IdentityError``.
  public func proof(fingerprint: [UInt8], at date: Date = Date()) throws(IdentityError) -> InclusionProof? {
    try index.withLock { index throws(IdentityError) in
      try index.follow(log.log)
      return try index.proof(fingerprint: Hexadecimal.text(fingerprint), in: log.log)
    }
  }

  /// The newest checkpoint of the log, signed.
  /// - Throws: ``IdentityError``.
  public func checkpoint(at date: Date = Date()) throws(IdentityError) -> SignedNote {
    let note = try index.withLock { index throws(IdentityError) in
      try index.follow(log.log)
      return index.checkpoint
    }
    guard let note else { throw files.damaged() }
    return note
  }
}
