public import Foundation
public import TacetLog

/// The authority at work for others: it enrols, renews, and tells what is trusted and what is revoked.
///
/// It has the keys of the authority open from its beginning to its end. Several desks, and the commands, may work on one state folder;
/// what they do to it each of them sees, and a rotation is followed.
public final class RegistrationDesk: Sendable {
  /// How a desk works.
  public struct Settings: Sendable {
    /// How long a revocation list is in force; a new one is signed when half of it is over.
    public var listLifetime: Duration = .seconds(3600)
    /// How long an OCSP answer is in force.
    public var answerLifetime: Duration = .seconds(600)
    /// How long a JWT-SVID lives, at most five minutes.
    public var tokenLifetime: Duration = .seconds(300)
    /// How often who has the bundle should ask for a newer one.
    public var refreshHint: Duration = .seconds(60)

    /// The usual.
    public init() {}
  }

  /// The trust domain.
  public let trustDomain: TrustDomain
  /// The public key of the authority's log.
  public let logKey: NoteVerifier

  /// Opens the authority of a state folder, and reads its log: seconds for a million entries.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase.
  public init(
    state: URL, passphrase: Passphrase, settings: Settings = Settings(), at date: Date = Date()
  ) throws(IdentityError) {
    throw IdentityError(.internalFault, "not there yet")
  }

  /// Follows what others did to the state folder: the log's end, a rotation. Costs microseconds when they did nothing; every other
  /// call does it by itself.
  /// - Throws: ``IdentityError``.
  public func refresh(at date: Date = Date()) throws(IdentityError) {
    throw IdentityError(.internalFault, "not there yet")
  }
}

// MARK: Certificates

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
    throw RegistrationError(.unavailable, "not there yet")
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
    throw RegistrationError(.unavailable, "not there yet")
  }

  /// Issues a certificate for the authority's own server, `spiffe://TRUST-DOMAIN/authority/ca`, with a key of its own.
  /// - Throws: ``IdentityError``.
  public func serverIdentity(
    dnsNames: [String], ipAddresses: [String], lifetime: Duration? = nil, at date: Date = Date()
  ) throws(IdentityError) -> IssuedSVID {
    throw IdentityError(.internalFault, "not there yet")
  }
}

// MARK: What is revoked

extension RegistrationDesk {
  /// The revocation lists of all issuers that may have certificates in use, the one in force first. They are kept, and signed
  /// anew when half of their time is over, when something was revoked, and after a rotation.
  /// - Throws: ``IdentityError``.
  public func revocationLists(at date: Date = Date()) throws(IdentityError) -> [CertificateAuthority.SignedList] {
    throw IdentityError(.internalFault, "not there yet")
  }

  /// Answers an OCSP request (RFC 6960), DER to DER. What cannot be answered is answered with the error that says so.
  public func ocspResponse(to request: [UInt8], at date: Date = Date()) -> [UInt8] { [] }
}

// MARK: What is trusted

extension RegistrationDesk {
  /// The roots that are trusted, DER, the one in force first.
  /// - Throws: ``IdentityError``.
  public func roots(at date: Date = Date()) throws(IdentityError) -> [[UInt8]] {
    throw IdentityError(.internalFault, "not there yet")
  }

  /// The bundle of the trust domain, as SPIFFE has it: JSON (see ``TrustBundle``). Its sequence number grows when it changes.
  /// - Throws: ``IdentityError``.
  public func bundle(at date: Date = Date()) throws(IdentityError) -> Data {
    throw IdentityError(.internalFault, "not there yet")
  }

  /// Signs a JWT-SVID for who has presented a certificate.
  /// - Parameters:
  ///   - audience: for whom it is; at least one.
  ///   - peer: as the verification of its chain found it.
  /// - Throws: ``RegistrationError``, as for ``renew(csr:for:at:)``.
  public func jwt(
    audience: [String], for peer: PeerIdentity, at date: Date = Date()
  ) throws(RegistrationError) -> (token: String, expiresAt: Date) {
    throw RegistrationError(.unavailable, "not there yet")
  }
}

// MARK: The log

extension RegistrationDesk {
  /// The proof that the certificate with this SHA-256 is in the log, against the newest checkpoint; nil where it is not.
  /// - Parameter fingerprint: 32 bytes.
  /// - Throws: ``IdentityError``.
  public func proof(fingerprint: [UInt8], at date: Date = Date()) throws(IdentityError) -> InclusionProof? {
    throw IdentityError(.internalFault, "not there yet")
  }

  /// The newest checkpoint of the log, signed.
  /// - Throws: ``IdentityError``.
  public func checkpoint(at date: Date = Date()) throws(IdentityError) -> SignedNote {
    throw IdentityError(.internalFault, "not there yet")
  }
}
