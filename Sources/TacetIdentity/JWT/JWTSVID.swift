import Crypto
public import Foundation

/// A JWT-SVID that was verified (SPIFFE JWT-SVID §§2–4).
public struct JWTSVID: Sendable {
  /// The longest token that is read, in bytes.
  public static let mostBytes = 16 << 10
  /// The most audiences of a token that is signed.
  public static let mostAudiences = 16
  /// The longest audience of a token that is signed, in bytes.
  public static let mostAudienceBytes = 512

  /// How far ahead the clock of who signed it may be.
  private static let leeway: TimeInterval = 60

  /// Whose it is.
  public let id: SPIFFEID
  /// For whom.
  public let audience: [String]
  /// When it expires.
  public let expiresAt: Date
  /// All its claims: the JSON object, as it was signed.
  public let claims: Data

  private struct Header: Decodable {
    let alg: String
    let kid: String
    let typ: String?
    let crit: [String]?
  }

  private struct Claims: Decodable {
    let sub: String
    let aud: Audience
    let exp: Double
    let nbf: Double?
    let iat: Double?
  }

  /// One, or several.
  private struct Audience: Decodable {
    let values: [String]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let one = try? container.decode(String.self) {
        values = [one]
      } else {
        values = try container.decode([String].self)
      }
    }
  }

  /// Verifies a token.
  /// - Parameters:
  ///   - token: compact form.
  ///   - bundle: of the trust domain that the subject must be of.
  ///   - audience: who asks: one of the token's.
  ///   - date: the time to judge by.
  /// - Throws: ``JWTError``.
  public static func verify(
    _ token: String, bundle: TrustBundle, audience: String, at date: Date = Date()
  ) throws(JWTError) -> JWTSVID {
    let claims = try payload(of: token, bundle: bundle)
    guard JSONText.isShallow(claims), let said = try? JSONDecoder().decode(Claims.self, from: claims) else {
      throw JWTError(.malformed, "its claims must be JSON with sub, aud and exp")
    }
    guard said.exp.isFinite, date.timeIntervalSince1970 < said.exp else {
      throw JWTError(.expired, "the token has expired")
    }
    guard [said.nbf, said.iat].allSatisfy({ ($0 ?? 0) <= date.timeIntervalSince1970 + leeway }) else {
      throw JWTError(.notYetValid, "the token's time has not come")
    }
    guard !audience.isEmpty, said.aud.values.contains(where: { $0.utf8.elementsEqual(audience.utf8) }) else {
      throw JWTError(.audience, "the token is for somebody else")
    }
    guard let id = try? SPIFFEID(uri: said.sub), id.trustDomain == bundle.trustDomain else {
      throw JWTError(.subject, "the token's subject is no workload of \(bundle.trustDomain)")
    }
    return JWTSVID(
      id: id, audience: said.aud.values, expiresAt: Date(timeIntervalSince1970: said.exp), claims: claims)
  }

  /// The claims, once the signature is found to hold.
  private static func payload(of token: String, bundle: TrustBundle) throws(JWTError) -> Data {
    guard token.utf8.count <= mostBytes else {
      throw JWTError(.tooLarge, "a token of \(token.utf8.count) bytes, at most \(mostBytes) are read")
    }
    let parts = token.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3, let head = Base64URL.bytes(parts[0]), let claims = Base64URL.bytes(parts[1]),
      let signature = Base64URL.bytes(parts[2])
    else { throw JWTError(.malformed, "not three parts of base64url") }
    guard JSONText.isShallow(Data(head)), let header = try? JSONDecoder().decode(Header.self, from: Data(head)) else {
      throw JWTError(.malformed, "its header must be JSON with alg and kid")
    }
    guard ["ES256", "ES384"].contains(header.alg) else {
      throw JWTError(.algorithm, "signed by an algorithm other than ES256 and ES384")
    }
    guard header.typ == nil || header.typ == "JWT" || header.typ == "JOSE", header.crit == nil else {
      throw JWTError(.header, "its type is another than JWT and JOSE, or it has critical extensions")
    }
    guard let key = bundle.jwtKeys.first(where: { $0.id == header.kid }) else {
      throw JWTError(.unknownKey, "the bundle of \(bundle.trustDomain) has no key of that name")
    }
    guard header.alg == key.curve.algorithm else {
      throw JWTError(.algorithm, "signed by another algorithm than that of the key")
    }
    guard signature.count == 2 * key.curve.coordinateBytes,
      key.isValid(signature, over: Data("\(parts[0]).\(parts[1])".utf8))
    else { throw JWTError(.forged, "the signature does not hold") }
    return Data(claims)
  }

  /// Signs a token.
  /// - Throws: ``IdentityError``.
  static func sign(
    for id: SPIFFEID, audience: [String], by key: TokenKey, at date: Date, until end: Date
  ) throws(IdentityError) -> String {
    let header = "{\"alg\":\"ES256\",\"kid\":\"\(key.published.id)\",\"typ\":\"JWT\"}"
    let claims =
      "{\"aud\":\(claim(of: audience)),\"exp\":\(end.secondsSince1970),\"iat\":\(date.secondsSince1970),\"sub\":\"\(id)\"}"
    let content = "\(Base64URL.text(header.utf8)).\(Base64URL.text(claims.utf8))"
    guard let signature = try? key.key.signature(for: Data(content.utf8)).rawRepresentation else {
      throw IdentityError(.internalFault, "a token could not be signed")
    }
    return "\(content).\(Base64URL.text(signature))"
  }

  /// Audiences as a token that is signed here has them: a JSON array.
  static func claim(of audience: [String]) -> String { "[\(audience.map(JSONText.string).joined(separator: ","))]" }
}
