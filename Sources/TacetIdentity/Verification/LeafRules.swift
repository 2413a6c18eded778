import X509

/// What must be true of an SVID: the leaf of a chain (X509-SVID §§2, 4).
enum LeafRules {
  /// Checks the leaf; returns whose it is.
  static func check(_ leaf: Certificate, trustDomain: TrustDomain) throws(ChainRejection) -> SPIFFEID {
    // Extensions that cannot be parsed were refused before.
    let extensions = leaf.extensions
    if case .isCertificateAuthority? = try? extensions.basicConstraints { throw .leafIsAuthority }
    guard let usage = try? extensions.keyUsage, usage.digitalSignature,
      extensions[oid: .X509ExtensionID.keyUsage]?.critical == true
    else { throw .keyUsage }
    guard !usage.keyCertSign, !usage.cRLSign else { throw .leafIsAuthority }
    if let usages = try? extensions.extendedKeyUsage {
      guard usages.contains(.clientAuth), usages.contains(.serverAuth) else { throw .extendedKeyUsage }
    }
    let uris = uriNames(of: leaf)
    guard let uri = uris.first, uris.count == 1 else { throw .uriNames(count: uris.count) }
    let id: SPIFFEID
    do throws(SPIFFEIDError) {
      id = try SPIFFEID(uri: uri)
    } catch {
      throw .spiffeID(reason: error.description)
    }
    guard id.trustDomain == trustDomain else {
      throw .trustDomain(found: id.trustDomain.description, expected: trustDomain.description)
    }
    return id
  }

  /// The URI names of a certificate.
  static func uriNames(of certificate: Certificate) -> [String] {
    guard let names = try? certificate.extensions.subjectAlternativeNames else { return [] }
    return names.compactMap { if case .uniformResourceIdentifier(let uri) = $0 { uri } else { nil } }
  }
}
