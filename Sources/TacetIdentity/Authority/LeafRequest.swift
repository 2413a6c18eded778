import Crypto
import Foundation
import SwiftASN1
import X509
import _CryptoExtras

/// What is to be certified: a workload's key and names, for so long.
struct LeafRequest: Sendable {
  /// Whose certificate it is to be.
  let id: SPIFFEID
  /// Its key.
  let key: Certificate.PublicKey
  /// The same in DER (SubjectPublicKeyInfo), where it has been written before.
  var keyInfo: [UInt8]?
  /// From now; nil for the profile's.
  var lifetime: Duration?
  /// Further names.
  var dnsNames: [String] = []
  /// Further addresses.
  var ipAddresses: [String] = []
  /// The serial number of the certificate whose place it takes.
  var renews: String?
  /// The id of the join token that is redeemed for it.
  var token: String?
  /// Whether the authority asks, for its own server.
  var isForAuthority = false

  /// The key in DER.
  /// - Throws: ``IdentityError``.
  func writtenKey() throws(IdentityError) -> [UInt8] {
    if let keyInfo { return keyInfo }
    return try key.der()
  }
}

/// A certificate that is issued and recorded.
struct IssuedLeaf: Sendable {
  let id: SPIFFEID
  let serial: String
  let notAfter: Date
  /// DER, leaf first, without the root.
  let chain: [[UInt8]]
}

extension Certificate.PublicKey {
  /// The key in DER (SubjectPublicKeyInfo). Writing it takes an inversion in its field: worth doing once.
  /// - Throws: ``IdentityError``.
  func der() throws(IdentityError) -> [UInt8] {
    var coder = DER.Serializer()
    guard (try? coder.serialize(self)) != nil else { throw IdentityError(.badInput, "the key cannot be written") }
    return coder.serializedBytes
  }
}

extension LeafProfile {
  /// Checks that a request asks for nothing that the profile does not grant.
  /// - Throws: ``IdentityError``.
  func check(_ request: LeafRequest) throws(IdentityError) {
    if !request.isForAuthority { try checkRole(of: request.id) }
    try checkLifetime(request.lifetime ?? lifetime)
    try checkNames(dns: request.dnsNames, ip: request.ipAddresses)
    guard let kind = Self.kind(of: request.key) else {
      throw IdentityError(
        .badInput, "the key is too weak, or of an unknown kind; good are P-256, P-384, Ed25519, RSA from 2048 bits")
    }
    guard keys.contains(kind) else {
      throw IdentityError(
        .notPermitted,
        "the profile \(name) grants no \(kind.rawValue) keys, only \(keys.map(\.rawValue).joined(separator: ", "))")
    }
  }

  /// Checks that further names may be granted.
  /// - Throws: ``IdentityError``.
  func checkNames(dns: [String], ip: [String]) throws(IdentityError) {
    guard grantsDNSNames || dns.isEmpty else {
      throw IdentityError(.notPermitted, "the profile \(name) grants no DNS names")
    }
    guard grantsIPAddresses || ip.isEmpty else {
      throw IdentityError(.notPermitted, "the profile \(name) grants no IP addresses")
    }
  }

  /// Checks that the profile is for the role of an ID, which is not the authority's own.
  /// - Throws: ``IdentityError``.
  func checkRole(of id: SPIFFEID) throws(IdentityError) {
    guard id.role != SPIFFEID.authorityRole else {
      throw IdentityError(.notPermitted, "the role \(id.role) is the authority's own: name another")
    }
    guard roles?.contains(id.role) ?? true else {
      throw IdentityError(
        .notPermitted,
        "the profile \(name) is for \((roles ?? []).sorted().joined(separator: ", ")), not for the role \(id.role)")
    }
  }

  /// Checks that a lifetime is in range.
  /// - Throws: ``IdentityError``.
  func checkLifetime(_ lifetime: Duration) throws(IdentityError) {
    guard lifetimes.contains(lifetime) else {
      throw IdentityError(
        .badInput,
        "a lifetime of \(lifetime.inWords) is out of range, the profile \(name) allows \(lifetimes.lowerBound.inWords) to "
          + lifetimes.upperBound.inWords)
    }
  }

  /// The kind of a key; nil for one that is too weak, or unknown.
  static func kind(of key: Certificate.PublicKey) -> KeyKind? {
    guard CertificateRules.isStrong(key) else { return nil }
    if P256.Signing.PublicKey(key) != nil { return .p256 }
    if P384.Signing.PublicKey(key) != nil { return .p384 }
    return Curve25519.Signing.PublicKey(key) != nil ? .ed25519 : .rsa
  }

  /// A new key of the kind that the profile names first.
  func makeKey() -> Certificate.PrivateKey {
    switch keys.first {
    case .p384: Certificate.PrivateKey(P384.Signing.PrivateKey())
    case .ed25519: Certificate.PrivateKey(Curve25519.Signing.PrivateKey())
    default: Certificate.PrivateKey(P256.Signing.PrivateKey())
    }
  }
}

extension Duration {
  /// A time as people type it: `90s`, `15m`, `24h`, `7d`; nil for anything else.
  package init?(inWords text: String) {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    let digits = text.dropLast()
    guard let unit = text.last.flatMap({ units[$0] }), text.utf8.count <= 9,
      digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int64(digits)
    else { return nil }
    self = .seconds(number * unit)
  }

  /// As people type it: `90s`, `15m`, `24h`, `7d`.
  package var inWords: String {
    let seconds = components.seconds
    for (unit, length) in [("d", Int64(86400)), ("h", 3600), ("m", 60)] where seconds >= length && seconds % length == 0
    {
      return "\(seconds / length)\(unit)"
    }
    return "\(seconds)s"
  }
}
