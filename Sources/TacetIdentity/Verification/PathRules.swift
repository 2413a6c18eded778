import Foundation
import SwiftASN1
import X509

/// What must be true of a path as a whole: the root's time, path lengths and name constraints (RFC 5280 §6.1). Signatures hold, and
/// each certificate has been looked at by itself.
enum PathRules {
  /// - Parameter path: leaf first, root last.
  static func check(_ path: [Certificate], at date: Date) throws(ChainRejection) {
    guard let root = path.last, path.count >= 2 else { throw .untrusted }
    guard date <= root.notValidAfter else { throw .rootExpired(notAfter: root.notValidAfter) }
    guard date >= root.notValidBefore else { throw .rootNotYetValid(notBefore: root.notValidBefore) }
    for (position, signer) in path.enumerated().dropFirst() {
      try checkLength(of: path[1..<position], below: signer)
      try checkNames(of: path[..<position], below: signer)
      try checkPatterns(of: path[..<position], below: signer)
    }
  }

  /// Path length (§4.2.1.9): the authorities between a signer and the leaf, without those that only change their key.
  private static func checkLength(
    of authorities: ArraySlice<Certificate>, below signer: Certificate
  ) throws(ChainRejection) {
    guard case .isCertificateAuthority(let limit?)? = try? signer.extensions.basicConstraints else { return }
    guard authorities.count(where: { $0.issuer != $0.subject }) <= limit else { throw .pathLength(limit: limit) }
  }

  // MARK: Name constraints on URIs

  /// The library reads a constraint on URIs as a suffix, so that `mesh.example` would also be `evil.mesh.example`, and lets a URI
  /// without authority pass an exclusion. Here a host is meant exactly, a leading dot means what is below it, and a URI that has
  /// no host name is refused where URIs are constrained (§4.2.1.10). Other names are the library's.
  private static func checkNames(
    of certificates: ArraySlice<Certificate>, below signer: Certificate
  ) throws(ChainRejection) {
    guard let constraints = try? signer.extensions.nameConstraints else { return }
    let permitted = uris(constraints.permittedSubtrees)
    let excluded = uris(constraints.excludedSubtrees)
    guard !permitted.isEmpty || !excluded.isEmpty else { return }
    for (position, certificate) in certificates.enumerated() {
      // An authority that only changes its key is not constrained by its old self (§6.1.3 (b)).
      if position > 0, certificate.issuer == certificate.subject { continue }
      for uri in LeafRules.uriNames(of: certificate) {
        guard let host = host(of: uri), !excluded.contains(where: { matches(host, $0) }),
          permitted.isEmpty || permitted.contains(where: { matches(host, $0) })
        else { throw .nameConstraints }
      }
    }
  }

  // MARK: Name constraints on host names

  /// The library takes `*.example` for a name like any other, so that one which stands for an excluded host passes; and a constraint
  /// that begins with a dot is none (§4.2.1.10). All else about host names is the library's.
  private static func checkPatterns(
    of certificates: ArraySlice<Certificate>, below signer: Certificate
  ) throws(ChainRejection) {
    guard let constraints = try? signer.extensions.nameConstraints else { return }
    let excluded = hosts(constraints.excludedSubtrees)
    guard !(excluded + hosts(constraints.permittedSubtrees)).contains(where: { $0.hasPrefix(".") }) else {
      throw .nameConstraints
    }
    for certificate in certificates {
      guard let names = try? certificate.extensions.subjectAlternativeNames else { continue }
      // `*.example` stands for the host `a.example` that is excluded, and for hosts that are below it.
      for pattern in hosts(names) where pattern.hasPrefix("*.") {
        guard !excluded.contains(where: { $0.hasSuffix(pattern.dropFirst()) }) else { throw .nameConstraints }
      }
    }
  }

  private static func hosts(_ names: some Sequence<GeneralName>) -> [String] {
    names.compactMap { if case .dnsName(let host) = $0 { host.lowercased() } else { nil } }
  }

  private static func uris(_ names: some Sequence<GeneralName>) -> [String] {
    names.compactMap { if case .uniformResourceIdentifier(let uri) = $0 { uri.lowercased() } else { nil } }
  }

  private static func matches(_ host: String, _ constraint: String) -> Bool {
    constraint.hasPrefix(".") ? host.hasSuffix(constraint) && host != constraint : host == constraint
  }

  /// Whether certificates of a trust domain can stand below an intermediate that is constrained to it: labels of 1 to 63 bytes
  /// without hyphens at their ends, the last one no number, 253 bytes in all.
  static func isHostName(_ trustDomain: TrustDomain) -> Bool {
    let labels = trustDomain.description.split(separator: ".", omittingEmptySubsequences: false)
    return trustDomain.description.utf8.count <= 253
      && labels.allSatisfy { (1...63).contains($0.utf8.count) && !$0.hasPrefix("-") && !$0.hasSuffix("-") }
      && labels.last?.allSatisfy(\.isNumber) == false
  }

  /// The host name of a URI in lower case; nil where there is none, or something besides: a user, a port, an address.
  static func host(of uri: String) -> String? {
    guard let colon = uri.firstIndex(of: ":"), uri[colon...].hasPrefix("://") else { return nil }
    let rest = uri[uri.index(colon, offsetBy: 3)...]
    let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }.lowercased()
    let isName = host.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
    }
    let isAddress = host.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
    }
    return isName && !isAddress ? host : nil
  }
}
