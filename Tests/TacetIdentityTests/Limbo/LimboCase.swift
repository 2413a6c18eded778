import Foundation
import SwiftASN1

/// One case of C2SP's x509-limbo, as far as it is read here (limbo-schema.json).
struct LimboCase: Decodable, Sendable {
  struct Suite: Decodable {
    let testcases: [LimboCase]
  }

  enum Expected: String, Decodable, Sendable {
    case success = "SUCCESS"
    case failure = "FAILURE"
  }

  struct PeerName: Decodable, Sendable {
    let kind: String
    let value: String
  }

  let id: String
  let features: [String]
  let expectedResult: Expected
  let trustedCerts: [String]
  let untrustedIntermediates: [String]
  let peerCertificate: String
  let validationTime: String?
  let extendedKeyUsage: [String]
  let expectedPeerName: PeerName?
  let crls: [String]?

  static func load(_ file: URL) throws -> [LimboCase] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Suite.self, from: Data(contentsOf: file)).testcases
  }

  /// Why a case says nothing about us; nil where it does.
  var inapplicable: String? {
    if features.contains("max-chain-depth") {
      return "there is no limit of depth to set: the number of certificates is bounded"
    }
    if expectedPeerName?.kind == "RFC822" { return "no certificate of ours is somebody's by a mail address" }
    return nil
  }

  func date() throws -> Date {
    guard let validationTime else { return Date() }
    let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
    for style in styles {
      if let date = try? style.parse(validationTime) { return date }
    }
    throw CocoaError(.formatting)
  }

  /// The DER of a certificate; that of none where it is no PEM.
  static func der(_ pem: String) -> [UInt8] { (try? PEMDocument(pemString: pem).derBytes) ?? [] }
}
