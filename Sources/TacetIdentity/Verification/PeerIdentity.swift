import Crypto
public import Foundation
import X509

/// Who a peer is, as its verified chain says.
public struct PeerIdentity: Sendable, Hashable {
  /// The SPIFFE ID of its leaf.
  public let id: SPIFFEID
  /// When the first certificate of its chain expires.
  public let notAfter: Date
  /// The leaf's serial number, in lower-case hexadecimal.
  public let serial: String
  /// Its certificate: with ``signers``, what a later review looks at.
  let leaf: Certificate?
  /// The rest of the path that was found, root last.
  let signers: [Certificate]

  /// Leaf first, root last.
  var path: [Certificate] { (leaf.map { [$0] } ?? []) + signers }

  /// SHA-256 of the key that issued its certificate, in lower-case hexadecimal: of the authority one above the leaf on the path that was
  /// verified, whatever the leaf says of its issuer.
  public var issuerKeyDigest: String? {
    signers.first.map { signer in
      SHA256.hash(data: signer.publicKey.subjectPublicKeyInfoBytes).map { String(format: "%02x", $0) }.joined()
    }
  }

  init(id: SPIFFEID, notAfter: Date, serial: String, leaf: Certificate? = nil, signers: [Certificate] = []) {
    self.id = id
    self.notAfter = notAfter
    self.serial = serial
    self.leaf = leaf
    self.signers = signers
  }
}

/// The answer of ``ChainVerifier``: who the peer is, or why it was refused.
public enum ChainVerdict: Sendable {
  /// The chain holds.
  case valid(PeerIdentity)
  /// It does not.
  case refused(ChainRejection)
}
