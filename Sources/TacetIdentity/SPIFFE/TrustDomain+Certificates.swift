import X509

extension TrustDomain {
  /// The trust domain that certificates say to be of, by the URI names of theirs; nil where they name none, or several.
  /// - Parameter certificates: DER; nothing about them is checked.
  public static func named(by certificates: [[UInt8]]) -> TrustDomain? {
    var found: Set<TrustDomain> = []
    for der in certificates where der.count <= ChainVerifier.mostCertificateBytes {
      guard let certificate = try? Certificate(derEncoded: der) else { continue }
      for uri in LeafRules.uriNames(of: certificate) where uri.hasPrefix("spiffe://") {
        let name = uri.dropFirst("spiffe://".count).prefix { $0 != "/" }
        guard let domain = try? TrustDomain(String(name)) else { continue }
        found.insert(domain)
      }
    }
    return found.count == 1 ? found.first : nil
  }
}
