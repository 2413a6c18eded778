import Crypto
public import Foundation
import SwiftASN1
import X509

/// A workload's new key, and the request for a certificate of it.
public struct EnrolmentKey: Sendable {
  /// The certificate request (PKCS #10), PEM: no names, since the authority knows them.
  public let request: String
  private let key: P256.Signing.PrivateKey

  /// Makes a key.
  /// - Throws: ``IdentityError``.
  public init() throws(IdentityError) {
    try self.init(P256.Signing.PrivateKey())
  }

  /// The key that is kept in a file, 0600; makes it where there is none. Who asks again after a lost reply must ask with the same key.
  /// - Throws: ``IdentityError``.
  public init(keptIn file: URL) throws(IdentityError) {
    if FileManager.default.fileExists(atPath: file.path) {
      let pem = String(decoding: try SecretFile.read(file, limit: 4096), as: UTF8.self)
      guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else {
        throw IdentityError(.badInput, "\(file.path) is no key of a request: remove it")
      }
      try self.init(key)
    } else {
      try SecretFile.prepare(folder: file.deletingLastPathComponent())
      let key = P256.Signing.PrivateKey()
      try SecretFile.write(Data((key.pemRepresentation + "\n").utf8), to: file, mode: 0o600)
      try self.init(key)
    }
  }

  private init(_ key: P256.Signing.PrivateKey) throws(IdentityError) {
    self.key = key
    let request = try? CertificateSigningRequest(
      version: .v1, subject: DistinguishedName([RelativeDistinguishedName]()), privateKey: .init(key),
      attributes: CertificateSigningRequest.Attributes())
    guard let pem = try? request?.serializeAsPEM().pemString else {
      throw IdentityError(.internalFault, "a certificate request could not be made")
    }
    self.request = pem + "\n"
  }

  /// The certificate that an authority has issued for the key, checked: it is of this key, and holds against the roots that came
  /// with it.
  /// - Parameters:
  ///   - chain: PEM, leaf first.
  ///   - bundle: the roots, PEM.
  ///   - domain: the trust domain that it must be of.
  /// - Throws: ``IdentityError``.
  public func certified(
    by chain: String, bundle: String, in domain: TrustDomain
  ) async throws(IdentityError) -> IssuedSVID {
    let (chain, roots) = (try PEMFile.certificates(in: chain), try PEMFile.certificates(in: bundle))
    guard let leaf = try? Certificate(derEncoded: chain.first ?? []),
      leaf.publicKey == Certificate.PublicKey(key.publicKey)
    else { throw IdentityError(.notPermitted, "the authority's certificate is not of the key that was sent") }
    let verifier = try ChainVerifier(roots: roots, trustDomain: domain)
    switch await verifier.verify(presented: chain, at: Date()) {
    case .refused(let rejection):
      throw IdentityError(.notPermitted, "the authority's certificate does not hold: \(rejection)")
    case .valid(let peer):
      return IssuedSVID(
        id: peer.id, serial: peer.serial, notAfter: leaf.notValidAfter, chain: chain, roots: roots,
        privateKeyPEM: try SecretBytes(Array((key.pemRepresentation + "\n").utf8)))
    }
  }
}
