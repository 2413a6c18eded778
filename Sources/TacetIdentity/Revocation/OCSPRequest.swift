import Crypto
import SwiftASN1
import X509

/// A question about certificates (RFC 6960 §4.1.1), read strictly and with bounds. Whether it is signed, and by whom, does not
/// matter: the answer is for everyone.
struct OCSPRequest {
  /// The most bytes that are read.
  static let mostBytes = 16 << 10
  /// The most certificates that are asked about at once.
  static let mostTargets = 32

  /// A certificate that is asked about.
  struct Target {
    /// The CertID as it was sent: the answer repeats it.
    let der: ArraySlice<UInt8>
    let hash: ASN1ObjectIdentifier
    let nameHash: ArraySlice<UInt8>
    let keyHash: ArraySlice<UInt8>
    let serial: SerialNumber

    /// Whether an issuer of ours is meant.
    func isOf(_ issuer: CertificateProfile.Issuer) -> Bool {
      OCSPResponse.Answer.isOf(issuer.certificate, hash: hash, nameHash: nameHash, keyHash: keyHash)
    }
  }

  let targets: [Target]
  /// The value of the nonce's extension (RFC 8954), to be repeated.
  let nonce: ArraySlice<UInt8>?

  static let nonceExtension: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 48, 1, 2]

  /// - Throws: ``OCSPFlaw``.
  init(der: [UInt8]) throws(OCSPFlaw) {
    guard der.count <= Self.mostBytes else { throw .tooLarge(bytes: der.count, limit: Self.mostBytes) }
    do {
      self = try DER.sequence(try DER.parse(der), identifier: .sequence) { parts in
        let request = try Self.content(OCSPResponse.next(&parts))
        if let signature = parts.next() { _ = try OCSPResponse.inside(signature, tag: 0) }
        return request
      }
    } catch let flaw as OCSPFlaw {
      throw flaw
    } catch {
      throw .malformed
    }
  }

  private init(targets: [Target], nonce: ArraySlice<UInt8>?) {
    self.targets = targets
    self.nonce = nonce
  }

  /// TBSRequest: version (left out, it is 1), name of who asks, list, extensions.
  private static func content(_ node: ASN1Node) throws -> OCSPRequest {
    try DER.sequence(node, identifier: .sequence) { fields in
      var list = try OCSPResponse.next(&fields)
      if list.identifier == OCSPResponse.context(1) { list = try OCSPResponse.next(&fields) }
      guard list.identifier == .sequence, case .constructed(let nodes) = list.content else { throw OCSPFlaw.malformed }
      var targets: [Target] = []
      for node in nodes {
        guard targets.count < mostTargets else { throw OCSPFlaw.malformed }
        targets.append(try target(node))
      }
      guard !targets.isEmpty else { throw OCSPFlaw.malformed }
      return OCSPRequest(targets: targets, nonce: try nonce(fields.next()))
    }
  }

  private static func target(_ node: ASN1Node) throws -> Target {
    try DER.sequence(node, identifier: .sequence) { fields in
      let name = try OCSPResponse.next(&fields)
      let (hash, nameHash, keyHash, serial) = try OCSPResponse.name(name)
      try OCSPResponse.refuseCritical(fields.next(), tag: 0)
      return Target(der: name.encodedBytes, hash: hash, nameHash: nameHash, keyHash: keyHash, serial: serial)
    }
  }

  /// The nonce of 1 to 32 bytes, if there is one; any other critical extension is refused.
  private static func nonce(_ node: ASN1Node?) throws -> ArraySlice<UInt8>? {
    guard let node else { return nil }
    let items = try DER.sequence(
      of: Certificate.Extension.self, identifier: .sequence, rootNode: try OCSPResponse.inside(node, tag: 2))
    guard !items.contains(where: { $0.critical && $0.oid != nonceExtension }) else {
      throw OCSPFlaw.unknownCriticalExtension
    }
    let nonces = items.filter { $0.oid == nonceExtension }
    guard nonces.count <= 1 else { throw OCSPFlaw.malformed }
    guard let nonce = nonces.first else { return nil }
    let octets = try ASN1OctetString(derEncoded: Array(nonce.value))
    guard (1...32).contains(octets.bytes.count) else { throw OCSPFlaw.malformed }
    return nonce.value
  }
}
