import Crypto
public import Foundation
import X509
import _CryptoExtras

/// The bundle of a trust domain as SPIFFE has it: a JSON Web Key Set with the roots, and the keys of its JWT-SVIDs (SPIFFE Trust
/// Domain and Bundle §4).
public struct TrustBundle: Hashable, Sendable {
  /// The most bytes that are read.
  public static let mostBytes = 1 << 20
  /// The most keys that are read.
  public static let mostKeys = 64

  /// Whose it is.
  public let trustDomain: TrustDomain
  /// The roots, DER.
  public let roots: [[UInt8]]
  /// The keys that JWT-SVIDs are signed with.
  public let jwtKeys: [JWTKey]
  /// Grows when the content changes; nil where it was not said.
  public let sequence: UInt64?
  /// How often a newer one should be asked for; nil where it was not said.
  public let refreshHint: Duration?

  init(trustDomain: TrustDomain, roots: [[UInt8]], jwtKeys: [JWTKey], sequence: UInt64?, refreshHint: Duration?) {
    self.trustDomain = trustDomain
    self.roots = roots
    self.jwtKeys = jwtKeys
    self.sequence = sequence
    self.refreshHint = refreshHint
  }

  /// A key that JWT-SVIDs are signed with.
  public struct JWTKey: Hashable, Sendable {
    /// Its name in the header of a token.
    public let id: String
    let curve: Curve
    /// The point, x and then y.
    let point: [UInt8]

    /// What tokens are signed by.
    enum Curve: String, Hashable, Sendable {
      case p256 = "P-256"
      case p384 = "P-384"

      /// The name of the algorithm in a token's header (RFC 7518 §3.1).
      var algorithm: String { self == .p256 ? "ES256" : "ES384" }
      var coordinateBytes: Int { self == .p256 ? 32 : 48 }
    }

    init(id: String, curve: Curve, point: [UInt8]) {
      self.id = id
      self.curve = curve
      self.point = point
    }

    /// A key of our own: its name is its thumbprint (RFC 7638).
    init(curve: Curve, point: [UInt8]) {
      let members = Self.members(curve, point)
      let text = "{\(members.crv),\"kty\":\"EC\",\(members.x),\(members.y)}"
      self.init(id: Base64URL.text(SHA256.hash(data: Data(text.utf8))), curve: curve, point: point)
    }

    fileprivate static func members(_ curve: Curve, _ point: [UInt8]) -> (crv: String, x: String, y: String) {
      let half = curve.coordinateBytes
      return (
        crv: "\"crv\":\"\(curve.rawValue)\"", x: "\"x\":\"\(Base64URL.text(point.prefix(half)))\"",
        y: "\"y\":\"\(Base64URL.text(point.dropFirst(half)))\""
      )
    }

    /// Whether a signature (r and then s) of this key's is over some bytes.
    func isValid(_ signature: [UInt8], over bytes: Data) -> Bool {
      switch curve {
      case .p256:
        guard let key = try? P256.Signing.PublicKey(rawRepresentation: point),
          let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
        else { return false }
        return key.isValidSignature(signature, for: bytes)
      case .p384:
        guard let key = try? P384.Signing.PublicKey(rawRepresentation: point),
          let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature)
        else { return false }
        return key.isValidSignature(signature, for: bytes)
      }
    }
  }
}

// MARK: Reading

extension TrustBundle {
  private struct Document: Decodable {
    struct Key: Decodable {
      let kty: String?
      let use: String?
      let kid: String?
      let crv: String?
      let x: String?
      let y: String?
      let x5c: [String]?
    }

    let keys: [Key]
    let spiffe_sequence: UInt64?
    let spiffe_refresh_hint: UInt32?
  }

  /// Reads a bundle. Keys of another use, or of a kind that is not known, are left out, as the specification wants it.
  /// - Throws: ``JWTError`` when it is malformed, or has too much of something.
  public init(json: Data, trustDomain: TrustDomain) throws(JWTError) {
    guard json.count <= Self.mostBytes else {
      throw JWTError(.tooLarge, "a bundle of \(json.count) bytes, at most \(Self.mostBytes) are read")
    }
    guard JSONText.isShallow(json), let document = try? JSONDecoder().decode(Document.self, from: json) else {
      throw JWTError(.malformedBundle, "not a JSON Web Key Set")
    }
    guard document.keys.count <= Self.mostKeys else {
      throw JWTError(.tooLarge, "a bundle of \(document.keys.count) keys, at most \(Self.mostKeys) are read")
    }
    var (roots, keys) = ([[UInt8]](), [JWTKey]())
    for key in document.keys {
      switch key.use {
      case "x509-svid": roots.append(try Self.root(key))
      case "jwt-svid": if let key = try Self.jwtKey(key) { keys.append(key) }
      default: continue
      }
    }
    guard Set(keys.map(\.id)).count == keys.count else {
      throw JWTError(.malformedBundle, "two keys of the bundle have one name")
    }
    self.init(
      trustDomain: trustDomain, roots: roots, jwtKeys: keys, sequence: document.spiffe_sequence,
      refreshHint: document.spiffe_refresh_hint.map { .seconds(Int64($0)) })
  }

  /// A root: one certificate (§4.2.1).
  private static func root(_ key: Document.Key) throws(JWTError) -> [UInt8] {
    guard let encoded = key.x5c, encoded.count == 1, let first = encoded.first, let data = Data(base64Encoded: first),
      (try? Certificate(derEncoded: Array(data))) != nil
    else { throw JWTError(.malformedBundle, "a key for X.509-SVIDs must have one certificate in x5c") }
    return Array(data)
  }

  /// A key of tokens; nil for a kind that is not known.
  private static func jwtKey(_ key: Document.Key) throws(JWTError) -> JWTKey? {
    guard let id = key.kid, !id.isEmpty else {
      throw JWTError(.malformedBundle, "a key for JWT-SVIDs must have a kid")
    }
    guard key.kty == "EC", let curve = key.crv.flatMap(JWTKey.Curve.init(rawValue:)) else { return nil }
    guard let x = key.x.flatMap({ Base64URL.bytes($0) }), let y = key.y.flatMap({ Base64URL.bytes($0) }),
      x.count == curve.coordinateBytes, y.count == curve.coordinateBytes, isPoint(x + y, on: curve)
    else { throw JWTError(.malformedBundle, "a key for JWT-SVIDs is not a point of its curve") }
    return JWTKey(id: id, curve: curve, point: x + y)
  }

  private static func isPoint(_ point: [UInt8], on curve: JWTKey.Curve) -> Bool {
    switch curve {
    case .p256: (try? P256.Signing.PublicKey(rawRepresentation: point)) != nil
    case .p384: (try? P384.Signing.PublicKey(rawRepresentation: point)) != nil
    }
  }
}

// MARK: Writing

extension TrustBundle {
  /// The JSON text.
  public var json: Data {
    let keys = roots.compactMap(Self.text) + jwtKeys.map(Self.text)
    let head = sequence.map { ",\"spiffe_sequence\":\($0)" } ?? ""
    let hint = refreshHint.map { ",\"spiffe_refresh_hint\":\($0.components.seconds)" } ?? ""
    return Data("{\"keys\":[\(keys.joined(separator: ","))]\(head)\(hint)}".utf8)
  }

  private static func text(_ key: JWTKey) -> String {
    let members = JWTKey.members(key.curve, key.point)
    return "{\"alg\":\"\(key.curve.algorithm)\",\(members.crv),\"kid\":\(JSONText.string(key.id)),\"kty\":\"EC\","
      + "\"use\":\"jwt-svid\",\(members.x),\(members.y)}"
  }

  /// A root with its key; nil for one that cannot be read.
  private static func text(_ root: [UInt8]) -> String? {
    guard let certificate = try? Certificate(derEncoded: root) else { return nil }
    let chain = "\"x5c\":[\"\(Data(root).base64EncodedString())\"]"
    return members(of: certificate.publicKey).map { "{\($0),\"use\":\"x509-svid\",\(chain)}" }
  }

  /// The public key as a JWK has it (RFC 7518 §6, RFC 8037 §2).
  private static func members(of key: Certificate.PublicKey) -> String? {
    if let key = P256.Signing.PublicKey(key) {
      let members = JWTKey.members(.p256, Array(key.rawRepresentation))
      return "\(members.crv),\"kty\":\"EC\",\(members.x),\(members.y)"
    }
    if let key = P384.Signing.PublicKey(key) {
      let members = JWTKey.members(.p384, Array(key.rawRepresentation))
      return "\(members.crv),\"kty\":\"EC\",\(members.x),\(members.y)"
    }
    if let key = Curve25519.Signing.PublicKey(key) {
      return "\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"\(Base64URL.text(key.rawRepresentation))\""
    }
    guard let parts = try? _RSA.Signing.PublicKey(key)?.getKeyPrimitives() else { return nil }
    return
      "\"e\":\"\(Base64URL.text(parts.publicExponent))\",\"kty\":\"RSA\",\"n\":\"\(Base64URL.text(parts.modulus))\""
  }
}
