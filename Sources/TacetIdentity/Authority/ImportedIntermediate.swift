public import Foundation
import X509

/// An intermediate that somebody else's root has signed, with its key: what an authority can be made of, or rotated to.
public struct ImportedIntermediate: Sendable {
  private let chain: [[UInt8]]
  private let roots: [[UInt8]]
  private let key: Certificate.PrivateKey
  /// The key as PEM text; nil where it is in a token.
  private let secret: SecretBytes?
  private let keyURI: PKCS11URI?

  /// Reads the files.
  /// - Parameters:
  ///   - chain: PEM, the intermediate first, then what is above it, without the root.
  ///   - key: PEM, for nobody else to read (0600).
  ///   - roots: PEM, the roots to trust.
  /// - Throws: ``IdentityError`` when a file is missing or malformed, others may read the key, or it is not the intermediate's.
  public init(chain: URL, key: URL, roots: URL) throws(IdentityError) {
    self.chain = try PEMFile.certificates(chain)
    self.roots = try PEMFile.certificates(roots)
    let secret = try SecretBytes(try SecretFile.read(key, limit: 64 << 10))
    guard let parsed = secret.privateKey() else {
      throw IdentityError(.badInput, "\(key.path) is not a PEM private key without a passphrase")
    }
    guard let first = self.chain.first, let certificate = try? Certificate(derEncoded: first),
      certificate.publicKey == parsed.publicKey
    else { throw IdentityError(.badInput, "\(key.path) is not the key of \(chain.path)") }
    self.key = parsed
    self.secret = secret
    keyURI = nil
  }

  /// The same with the key in a token.
  /// - Throws: ``IdentityError``: not permitted for a wrong PIN.
  public init(chain: URL, key uri: PKCS11URI, pin: PKCS11PIN, roots: URL) throws(IdentityError) {
    self.chain = try PEMFile.certificates(chain)
    self.roots = try PEMFile.certificates(roots)
    guard let first = self.chain.first, let certificate = try? Certificate(derEncoded: first) else {
      throw IdentityError(.badInput, "\(chain.path) holds no certificate")
    }
    key = Certificate.PrivateKey(try PKCS11Key(uri, pin: pin, publicKey: certificate.publicKey))
    secret = nil
    keyURI = uri
  }

  /// What is to be kept, after a trial: an SVID that is signed, verified and forgotten.
  /// - Throws: ``IdentityError`` when SVIDs that it signs would not be accepted.
  func generation(trustDomain: TrustDomain, at date: Date) async throws(IdentityError)
    -> CertificateAuthority.Generation
  {
    let trial = try CertificateAuthority(
      trustDomain: trustDomain, roots: roots, signers: chain, key: key, record: nil)
    if let usage = try? trial.issuer.certificate.extensions.keyUsage, !usage.cRLSign {
      throw IdentityError(.badInput, "the intermediate may not sign revocation lists: its key usage lacks cRLSign")
    }
    guard let id = try? SPIFFEID(trustDomain: trustDomain, role: "trial", name: "trial") else {
      throw IdentityError(.badInput, "the trust domain \(trustDomain) is too long")
    }
    let issued = try trial.issue(id, lifetime: .seconds(60), at: date)
    switch await (try ChainVerifier(roots: roots, trustDomain: trustDomain)).verify(presented: issued.chain, at: date) {
    case .valid: break
    case .refused(let reason):
      throw IdentityError(.badInput, "an SVID that this intermediate signs would be refused: \(reason)")
    }
    let certificates = { (ders: [[UInt8]]) in ders.compactMap { try? Certificate(derEncoded: $0) } }
    return CertificateAuthority.Generation(
      roots: certificates(roots), rootKey: nil, signers: certificates(chain), key: secret, keyURI: keyURI)
  }
}
