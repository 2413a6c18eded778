import Crypto
public import Foundation
import TacetLog
import X509

extension RegistrationDesk {
  /// Issues the certificate that a join token is good for.
  ///
  /// A token is redeemed once, by one key. The same key gets the same certificate again, until some minutes after the token's time: a
  /// reply that was lost costs nothing. Concurrent calls share one entry in the log.
  /// - Parameters:
  ///   - token: the token's text.
  ///   - csr: a certificate request, PEM; it may ask for nothing that the token does not grant.
  /// - Throws: ``RegistrationError``.
  public func enrol(token: String, csr: Data, at date: Date = Date()) async throws(RegistrationError) -> Enrolled {
    // Cheap things first, and nothing that costs before the secret is known to be right.
    let record = try tokens.record(for: JoinToken.Parts(token))
    let profile = try profiles.profile(named: record.profile)
    let request = try Self.request(csr)
    var granted = LeafRequest(
      id: record.spiffeID, key: request.key, keyInfo: request.keyInfo, lifetime: record.lifetime,
      dnsNames: record.dnsNames, ipAddresses: record.ipAddresses)
    granted.token = record.id
    let keyHash = Hexadecimal.text(SHA256.hash(data: request.keyInfo))
    return try await register(granted, request, profile, for: .token(record, keyHash: keyHash), at: date)
  }

  /// Issues a certificate in the place of one that was presented: same ID, names, profile and lifetime, as far as the profile still
  /// grants them. The key may be a new one, as it should be, or the same, for those who cannot change it.
  /// - Parameters:
  ///   - csr: a certificate request, PEM.
  ///   - peer: as the verification of its chain found it.
  /// - Throws: ``RegistrationError``: also where the log says that the certificate was revoked, or does not know it.
  public func renew(
    csr: Data, for peer: PeerIdentity, at date: Date = Date()
  ) async throws(RegistrationError) -> Enrolled {
    let (serial, logged) = try standing(of: peer, at: date)
    let profile = try profiles.profile(named: logged.profile ?? LeafProfile.standard.name)
    let request = try Self.request(csr)
    var granted = Self.renewal(of: peer, key: request.key, profile: profile)
    granted.keyInfo = request.keyInfo
    return try await register(granted, request, profile, for: .renewal(serial), at: date)
  }

  /// Issues a certificate for the authority's own server, `spiffe://TRUST-DOMAIN/authority/ca`, with a key of its own.
  /// - Throws: ``IdentityError``.
  public func serverIdentity(
    dnsNames: [String], ipAddresses: [String], lifetime: Duration? = nil, at date: Date = Date()
  ) throws(IdentityError) -> IssuedSVID {
    let id: SPIFFEID
    do throws(SPIFFEIDError) {
      id = try SPIFFEID(trustDomain: trustDomain, role: SPIFFEID.authorityRole, name: "ca")
    } catch {
      throw IdentityError(.badInput, error.description)
    }
    let authority = try authority(at: date)
    let key = P256.Signing.PrivateKey()
    var request = LeafRequest(
      id: id, key: .init(key.publicKey), lifetime: lifetime, dnsNames: dnsNames, ipAddresses: ipAddresses)
    request.isForAuthority = true
    guard let leaf = try authority.authority.certify([request], profile: .standard, at: date).first else {
      throw IdentityError(.internalFault, "a certificate could not be made")
    }
    return IssuedSVID(
      id: id, serial: leaf.serial, notAfter: leaf.notAfter, chain: leaf.chain, roots: authority.roots(at: date),
      privateKeyPEM: try SecretBytes(Array((key.pemRepresentation + "\n").utf8)))
  }

  // MARK: Requests

  private func register(
    _ granted: LeafRequest, _ request: SigningRequest, _ profile: LeafProfile, for purpose: Registration.Purpose,
    at date: Date
  ) async throws(RegistrationError) -> Enrolled {
    do throws(IdentityError) {
      _ = try request.check(against: granted, profile: profile)
      try profile.check(granted)
    } catch {
      throw RegistrationError(.notGranted, error.description)
    }
    let result: Result<Enrolled, RegistrationError> = await withCheckedContinuation { continuation in
      let job = Registration(granted, profile, for: purpose, at: date) { continuation.resume(returning: $0) }
      queue.submit(.certificate(job)) { [self] in work(off: $0) }
    }
    return try result.get()
  }

  private static func request(_ csr: Data) throws(RegistrationError) -> SigningRequest {
    do throws(IdentityError) {
      return try SigningRequest(pem: csr)
    } catch {
      throw RegistrationError(.badRequest, error.description)
    }
  }

  // MARK: Who renews

  /// Whether a certificate that was presented still speaks for its holder, as the log knows it.
  /// - Returns: its serial number, and what the log says of it.
  /// - Throws: ``RegistrationError``.
  func standing(
    of peer: PeerIdentity, at date: Date
  ) throws(RegistrationError) -> (serial: SerialNumber, leaf: AuthorityEntry.Leaf) {
    guard let certificate = peer.path.first, let serial = SerialNumber(octets: certificate.serialNumber.bytes) else {
      throw RegistrationError(.notIssued, "\(peer.id) has presented no certificate")
    }
    guard date.wholeSecond <= peer.notAfter else {
      throw RegistrationError(
        .expired, "certificate \(serial) of \(peer.id) expired at \(peer.notAfter.formatted(.iso8601))")
    }
    guard peer.id.role != SPIFFEID.authorityRole else {
      throw RegistrationError(.notGranted, "\(peer.id) is the authority itself, which asks nobody")
    }
    let (fingerprint, leaf, revoked) = try logged(certificate, serial, at: date)
    guard let leaf, leaf.fingerprint == fingerprint, leaf.id == peer.id.description else {
      throw RegistrationError(.notIssued, "the log has no certificate \(serial) of \(peer.id), SHA-256 \(fingerprint)")
    }
    if let revoked { throw Self.revoked(serial, revoked) }
    if case .revoked(let signer, let date, let reason)? = revocation(of: peer) {
      throw RegistrationError(
        .revoked,
        "certificate \(signer), above \(serial) of \(peer.id), was revoked at \(date.formatted(.iso8601)): \(reason)")
    }
    return (serial, leaf)
  }

  /// What the log, as it is now, says of a certificate.
  private func logged(
    _ certificate: Certificate, _ serial: SerialNumber, at date: Date
  ) throws(RegistrationError) -> (fingerprint: String, leaf: AuthorityEntry.Leaf?, revoked: LogIndex.Revoked?) {
    do throws(IdentityError) {
      try refresh(at: date)
      let fingerprint = Fingerprint.of(try CertificateProfile.der(certificate))
      return try index.withLock { index throws(IdentityError) in
        (fingerprint, try index.leaf(serial: serial, in: log.log), index.revoked[serial])
      }
    } catch {
      throw RegistrationError(.unavailable, error.description)
    }
  }

  static func revoked(_ serial: SerialNumber, _ entry: LogIndex.Revoked) -> RegistrationError {
    RegistrationError(
      .revoked, "certificate \(serial) was revoked at \(entry.date.formatted(.iso8601)): \(entry.reason)")
  }

  /// What was granted, as the certificate shows: its names, and how long it lives, within what the profile grants now.
  private static func renewal(
    of peer: PeerIdentity, key: Certificate.PublicKey, profile: LeafProfile
  ) -> LeafRequest {
    var request = LeafRequest(id: peer.id, key: key)
    request.renews = peer.serial
    guard let leaf = peer.path.first else { return request }
    for name in (try? leaf.extensions.subjectAlternativeNames).map(Array.init) ?? [] {
      switch name {
      case .dnsName(let host): request.dnsNames.append(host)
      case .ipAddress(let octets): request.ipAddresses.append(address(octets.bytes))
      default: continue
      }
    }
    // One that its issuer's end cut short was granted more than it shows: it gets the profile's lifetime.
    let isCut = peer.path.dropFirst().first.map { $0.notValidAfter <= leaf.notValidAfter } ?? false
    let seconds = leaf.notValidAfter.timeIntervalSince(leaf.notValidBefore) - CertificateProfile.leeway
    let shown = isCut ? profile.lifetime : .seconds(Int64(seconds))
    request.lifetime = min(max(shown, profile.lifetimes.lowerBound), profile.lifetimes.upperBound)
    return request
  }

  /// An IP address as text; what is none is refused where it is read again.
  private static func address(_ octets: ArraySlice<UInt8>) -> String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = octets.count == 4 ? AF_INET : AF_INET6
    guard [4, 16].contains(octets.count),
      Array(octets).withUnsafeBytes({ inet_ntop(family, $0.baseAddress, &text, socklen_t(text.count)) }) != nil
    else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
