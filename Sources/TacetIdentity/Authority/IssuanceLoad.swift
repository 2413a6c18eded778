import Crypto
package import Foundation
import SwiftASN1
import X509

/// An authority at work, to be measured.
package struct IssuanceLoad: Sendable {
  /// What is measured.
  package enum Kind: String, CaseIterable, Sendable {
    /// The floor.
    case signatures = "P-256 signatures"
    /// Keys that are there.
    case certificates = "certificates, recorded durably"
    /// Requests, read and checked.
    case requests = "certificates for requests, recorded durably"
    /// New keys.
    case keys = "certificates with new keys, recorded durably"
    /// Join tokens, redeemed by requests that come at once.
    case enrolments = "enrolments through the desk"
  }

  private let authority: CertificateAuthority
  private let desk: RegistrationDesk
  private let tokens: JoinTokens
  private let id: SPIFFEID
  private let key: P256.Signing.PrivateKey
  private let request: Data
  private let group: Int

  /// Makes an authority in a state folder.
  /// - Parameter token: where the key is that signs, if it is to be one in a token.
  /// - Throws: ``IdentityError``, and what the request's making throws.
  package init(state: URL, passphrase: Passphrase? = nil, token: (uri: PKCS11URI, pin: PKCS11PIN)? = nil, group: Int)
    throws
  {
    let passphrase = try passphrase ?? Passphrase.random()
    let domain = try TrustDomain("bench.example")
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase, token: token)
    authority = try CertificateAuthority.open(state: state, passphrase: passphrase, pin: token?.pin)
    desk = try RegistrationDesk(state: state, passphrase: passphrase, pin: token?.pin)
    tokens = try JoinTokens(state: state)
    id = try SPIFFEID(trustDomain: domain, role: "camera", name: "bench")
    key = P256.Signing.PrivateKey()
    let request = try CertificateSigningRequest(
      version: .v1, subject: DistinguishedName([RelativeDistinguishedName]()), privateKey: .init(key),
      attributes: CertificateSigningRequest.Attributes())
    self.request = Data(try request.serializeAsPEM().pemString.utf8)
    self.group = group
  }

  /// Issues so many certificates, to `camera/n-0` and so on: a log for others to measure. Returns their serial numbers.
  /// - Parameter progress: called with the number that is done.
  /// - Throws: ``IdentityError``.
  package func fill(_ count: Int, progress: (Int) -> Void) throws -> [String] {
    let publicKey = Certificate.PublicKey(key.publicKey)
    var serials: [String] = []
    while serials.count < count {
      let requests = try (serials.count..<min(serials.count + group, count)).map { number in
        LeafRequest(
          id: try SPIFFEID(trustDomain: id.trustDomain, role: "camera", name: "n-\(number)"), key: publicKey)
      }
      serials += try authority.certify(requests, profile: .standard).map(\.serial)
      progress(serials.count)
    }
    return serials
  }

  /// Makes what one group of a kind uses up, which is not measured: join tokens.
  /// - Throws: ``IdentityError``.
  package func supply(_ kind: Kind) throws(IdentityError) -> [String] {
    guard kind == .enrolments else { return [] }
    // What the other kinds have entered in the log is not the enrolments' to read.
    try desk.refresh()
    return try Parallel.map(Array(0..<group)) { _ throws(IdentityError) in try tokens.make(for: id).token.text }
  }

  /// Does it for one group; returns how many there were.
  /// - Parameter supply: as ``supply(_:)`` made it.
  /// - Throws: ``IdentityError``, ``RegistrationError``.
  package func run(_ kind: Kind, with supply: [String]) async throws -> Int {
    let numbers = Array(0..<group)
    let publicKey = Certificate.PublicKey(key.publicKey)
    switch kind {
    case .enrolments:
      try await enrol(supply)
    case .signatures:
      _ = try Parallel.map(numbers) { number in
        (try? key.signature(for: Data("\(number)".utf8)))?.rawRepresentation.count
      }
    case .certificates:
      _ = try authority.certify(numbers.map { _ in LeafRequest(id: id, key: publicKey) }, profile: .standard)
    case .requests:
      let requests = try Parallel.map(numbers) { _ throws(IdentityError) in
        let request = try SigningRequest(pem: request)
        let granted = LeafRequest(id: id, key: request.key, keyInfo: request.keyInfo)
        _ = try request.check(against: granted, profile: .standard)
        return granted
      }
      _ = try authority.certify(requests, profile: .standard)
    case .keys:
      let requests = try Parallel.map(numbers) { _ in
        LeafRequest(id: id, key: LeafProfile.standard.makeKey().publicKey)
      }
      _ = try authority.certify(requests, profile: .standard)
    }
    return group
  }

  /// Every token by a task of its own, as connections would.
  private func enrol(_ tokens: [String]) async throws {
    let (desk, request) = (desk, request)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for token in tokens {
        tasks.addTask { _ = try await desk.enrol(token: token, csr: request) }
      }
      try await tasks.waitForAll()
    }
  }
}
