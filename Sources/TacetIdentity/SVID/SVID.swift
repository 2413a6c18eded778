public import Foundation
import SwiftASN1
import X509

/// An X.509-SVID with its key: what a node is to its peers.
public struct SVID: Sendable {
  /// Whose it is.
  public let id: SPIFFEID
  /// The chain as presented: DER, leaf first.
  public let chain: [[UInt8]]
  /// The roots of the trust domain's bundle, DER.
  public let roots: [[UInt8]]
  /// The leaf's private key, PEM (PKCS #8).
  public let privateKeyPEM: SecretBytes
  /// When the leaf expires.
  public let notAfter: Date

  /// Loads the three files of `tacet ca issue`.
  ///
  /// - Throws: ``IdentityError`` when a file is missing or cut off, when others may read the key, when the key is not the leaf's,
  ///   or when the chain does not hold against its own bundle (expired, say).
  public static func load(certificate: URL, key: URL, bundle: URL) async throws(IdentityError) -> SVID {
    let chain = try PEMFile.certificates(certificate)
    let roots = try PEMFile.certificates(bundle)
    guard let leaf = try? Certificate(derEncoded: chain.first ?? []) else {
      throw IdentityError(.badInput, "\(certificate.path) does not begin with a certificate: issue it anew")
    }
    // A writer who was stopped has left the key of the certificate beside that of the one before.
    let own = try Self.key(key, isOf: leaf)
    guard let secret = own ?? (try? Self.key(IssuedSVID.nextKey(of: key), isOf: leaf)) else {
      throw IdentityError(.badInput, "\(key.path) is not the key of \(certificate.path): issue both anew")
    }
    let id = try await verified(chain, against: roots, file: certificate, bundle: bundle)
    return SVID(id: id, chain: chain, roots: roots, privateKeyPEM: secret, notAfter: leaf.notValidAfter)
  }

  /// The same of the three files of `tacet ca issue` in a folder.
  /// - Throws: ``IdentityError``.
  public static func load(from folder: URL) async throws(IdentityError) -> SVID {
    let file = { (file: IssuedSVID.File) in folder.appendingPathComponent(file.rawValue) }
    return try await load(certificate: file(.certificate), key: file(.key), bundle: file(.bundle))
  }

  /// The key in a file; nil where it is not that of the certificate.
  /// - Throws: ``IdentityError`` when the file is missing, may be read by others, or holds no key.
  static func key(_ file: URL, isOf leaf: Certificate) throws(IdentityError) -> SecretBytes? {
    let secret = try SecretBytes(try SecretFile.read(file, limit: 64 << 10))
    let parsed = try? Certificate.PrivateKey(
      pemEncoded: secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
    guard let parsed else {
      throw IdentityError(.badInput, "\(file.path) is not a PEM private key, or is cut off: issue it anew")
    }
    return parsed.publicKey == leaf.publicKey ? secret : nil
  }

  /// The chain must hold against its own bundle, by the one verification that peers will use.
  private static func verified(
    _ chain: [[UInt8]], against roots: [[UInt8]], file: URL, bundle: URL
  ) async throws(IdentityError) -> SPIFFEID {
    let domain = (try? Certificate(derEncoded: chain.first ?? [])).flatMap { leaf in
      LeafRules.uriNames(of: leaf).first.flatMap { try? SPIFFEID(uri: $0) }?.trustDomain
    }
    guard let domain else {
      throw IdentityError(.badInput, "\(file.path) names no SPIFFE ID: issue it with `tacet ca issue`")
    }
    let verifier: ChainVerifier
    do {
      verifier = try ChainVerifier(roots: roots, trustDomain: domain)
    } catch {
      throw IdentityError(.badInput, "\(bundle.path): \(error)")
    }
    switch await verifier.verify(presented: chain, at: Date()) {
    case .valid(let peer): return peer.id
    case .refused(let reason):
      throw IdentityError(.badInput, "\(file.path) does not hold against \(bundle.lastPathComponent): \(reason)")
    }
  }
}
