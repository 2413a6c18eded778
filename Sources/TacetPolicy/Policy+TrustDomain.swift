import TacetDocument
import TacetIdentity

extension Policy {
  /// The trust domain, by the rules of the SPIFFE ID specification.
  static func trustDomain(_ document: DocumentMapping) throws(DocumentError) -> String {
    let name = try document.string("trust_domain")
    do {
      return try TrustDomain(name).description
    } catch {
      throw document.error("trust_domain", "\(error)")
    }
  }
}
