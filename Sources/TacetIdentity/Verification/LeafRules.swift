import X509

/// What must be true of an SVID: the leaf of a chain (X509-SVID §§2, 4).
enum LeafRules {
  /// Checks the leaf; returns whose it is.
  static func check(_ leaf: Certificate, trustDomain: TrustDomain) throws(ChainRejection) -> SPIFFEID {
    // Extensions that cannot be parsed were refused before.
    let extensions = leaf.extensions
    try checkIsNoAuthority(leaf)
    guard let usage = try? extensions.keyUsage, usage.digitalSignature,
      extensions[oid: .X509ExtensionID.keyUsage]?.critical == true
    else { throw .keyUsage }
    // What X509-SVID §4.3 does not name, a workload's key is not for: least of all signing in the name of a person.
    guard !usage.nonRepudiation, !usage.dataEncipherment, !usage.encipherOnly, !usage.decipherOnly else {
      throw .keyUsageTooWide
    }
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

  /// Whether a leaf is no authority: neither by its basic constraints nor by its key usage, nor by constraining the names of
  /// others (RFC 5280 §4.2.1.3, §4.2.1.9, §4.2.1.10; X509-SVID §§4.1–4.3).
  static func checkIsNoAuthority(_ leaf: Certificate) throws(ChainRejection) {
    if case .isCertificateAuthority? = try? leaf.extensions.basicConstraints { throw .leafIsAuthority }
    if let usage = try? leaf.extensions.keyUsage, usage.keyCertSign || usage.cRLSign { throw .leafIsAuthority }
    if leaf.extensions[oid: .X509ExtensionID.nameConstraints] != nil { throw .leafIsAuthority }
  }

  /// The URI names of a certificate.
  static func uriNames(of certificate: Certificate) -> [String] {
    guard let names = try? certificate.extensions.subjectAlternativeNames else { return [] }
    return names.compactMap { if case .uniformResourceIdentifier(let uri) = $0 { uri } else { nil } }
  }
}
