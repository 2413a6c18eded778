import Crypto
import Foundation
import SwiftASN1
import X509

@testable import TacetIdentity

/// An authority in a folder of its own, with a desk.
struct DeskOnDisk {
  let folder: TemporaryFolder
  let state: URL
  let domain: TrustDomain
  let passphrase: Passphrase
  let desk: RegistrationDesk
  let tokens: JoinTokens

  init(settings: RegistrationDesk.Settings = .init()) throws {
    folder = try TemporaryFolder()
    state = folder.file("state")
    domain = try TrustDomain("mesh.example")
    passphrase = try Passphrase("correct horse")
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    desk = try RegistrationDesk(state: state, passphrase: passphrase, settings: settings)
    tokens = try JoinTokens(state: state)
  }

  /// Another desk of the same authority, as another process has it.
  func another() throws -> RegistrationDesk { try RegistrationDesk(state: state, passphrase: passphrase) }

  func authority() throws -> CertificateAuthority {
    try CertificateAuthority.open(state: state, passphrase: passphrase)
  }

  func id(_ name: String, role: String = "camera") throws -> SPIFFEID {
    try SPIFFEID(trustDomain: domain, role: role, name: name)
  }

  func token(_ name: String = "site-1", dnsNames: [String] = [], ipAddresses: [String] = [], lifetime: Duration? = nil)
    throws
    -> String
  {
    try tokens.make(for: id(name), lifetime: lifetime, dnsNames: dnsNames, ipAddresses: ipAddresses).token.text
  }

  static func request(_ key: P256.Signing.PrivateKey = .init()) throws -> Data {
    let request = try CertificateSigningRequest(
      version: .v1, subject: DistinguishedName([RelativeDistinguishedName]()), privateKey: .init(key),
      attributes: CertificateSigningRequest.Attributes())
    return Data(try request.serializeAsPEM().pemString.utf8)
  }

  /// Who a chain speaks for, by the one verification.
  func peer(_ chain: [[UInt8]], roots: [[UInt8]]? = nil, at date: Date = Date()) async throws -> PeerIdentity? {
    let roots = try roots ?? desk.roots()
    return await (try ChainVerifier(roots: roots, trustDomain: domain)).verify(presented: chain, at: date).peer
  }

  /// Enrols somebody.
  func enrolled(_ name: String = "site-1", key: P256.Signing.PrivateKey = .init()) async throws -> Enrolled {
    try await desk.enrol(token: token(name), csr: Self.request(key))
  }

  /// How many certificates the log has issued.
  func issued() throws -> Int {
    var count = 0
    try CertificateAuthority.forEachRecord(of: CertificateQuery(), state: state) { _ in count += 1 }
    return count
  }

  func logHolds() throws -> Bool {
    let (file, key) = try CertificateAuthority.log(state: state)
    return try AuthorityLogVerifier(key: .init(key)).verify(file: file).findings.isEmpty
  }
}

/// The kind of a registration's failure; nil where there was none.
func kind(_ body: () async throws -> Void) async -> RegistrationError.Kind? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? RegistrationError)?.kind
  }
}
