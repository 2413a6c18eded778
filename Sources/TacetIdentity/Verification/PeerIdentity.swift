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
  /// The path that was found, leaf first, root last: what a later review looks at.
  let path: [Certificate]

  init(id: SPIFFEID, notAfter: Date, serial: String, path: [Certificate] = []) {
    self.id = id
    self.notAfter = notAfter
    self.serial = serial
    self.path = path
  }
}

/// The answer of ``ChainVerifier``: who the peer is, or why it was refused.
public enum ChainVerdict: Sendable {
  /// The chain holds.
  case valid(PeerIdentity)
  /// It does not.
  case refused(ChainRejection)
}
