import Foundation
import Testing
import X509

@testable import TacetIdentity

/// Judges a case by the code that judges our peers, with the part that is SPIFFE's replaced by what limbo's cases have instead:
/// host names. Those are compared here, since no code of ours compares them.
enum LimboJudge {
  struct OtherName: Error, CustomStringConvertible {
    let description: String
  }

  /// - Throws: why the case is refused.
  static func judge(_ example: LimboCase) async throws {
    let date = try example.date().wholeSecond
    let presented = ([example.peerCertificate] + example.untrustedIntermediates).map(LimboCase.der)
    try ChainVerifier.checkSizes(presented)
    let leaf = try CertificateRules.check(try #require(presented.first), position: 0, at: date)
    try LeafRules.checkIsNoAuthority(leaf)
    try checkUsage(leaf, of: example)
    let lists = try (example.crls ?? []).flatMap { try RevocationList.lists(in: Data($0.utf8)) }
    let validator = PathValidator(
      roots: try ChainVerifier.anchors(example.trustedCerts.map(LimboCase.der)), trustDomain: nil,
      revocations: lists.isEmpty ? nil : RevocationRegister(lists: lists, requirement: .path))
    _ = try await validator.path(from: leaf, through: presented.dropFirst(), at: date)
    if let name = example.expectedPeerName { try checkName(name, of: leaf) }
  }

  /// Extended key usage, where it is there, has what the case asks for: serverAuth where it asks for nothing.
  private static func checkUsage(_ leaf: Certificate, of example: LimboCase) throws {
    guard let usages = try leaf.extensions.extendedKeyUsage else { return }
    let wanted: ExtendedKeyUsage.Usage = example.extendedKeyUsage == ["clientAuth"] ? .clientAuth : .serverAuth
    guard usages.contains(wanted) else { throw ChainRejection.extendedKeyUsage }
  }

  // MARK: Host names (RFC 6125 §6.4)

  private static func checkName(_ name: LimboCase.PeerName, of leaf: Certificate) throws {
    let names = try leaf.extensions.subjectAlternativeNames.map(Array.init) ?? []
    let isThere = names.contains { candidate in
      switch candidate {
      case .dnsName(let pattern): name.kind == "DNS" && matches(name.value.lowercased(), pattern.lowercased())
      case .ipAddress(let octets): name.kind == "IP" && octets.bytes.elementsEqual(address(name.value))
      default: false
      }
    }
    guard isThere else { throw OtherName(description: "its names are others") }
  }

  private static func matches(_ name: String, _ pattern: String) -> Bool {
    guard pattern.hasPrefix("*.") else { return name == pattern }
    let (rest, suffix) = (name.drop { $0 != "." }, pattern.dropFirst())
    return !rest.isEmpty && rest == suffix && suffix.dropFirst().contains(".") && name.count > rest.count
  }

  private static func address(_ text: String) -> [UInt8] {
    var (v4, v6) = (in_addr(), in6_addr())
    if inet_pton(AF_INET, text, &v4) == 1 { return withUnsafeBytes(of: &v4) { Array($0) } }
    if inet_pton(AF_INET6, text, &v6) == 1 { return withUnsafeBytes(of: &v6) { Array($0) } }
    return []
  }
}
