package import TacetDocument

extension DocumentMapping {
  /// The address under `key`, as `HOST:PORT`.
  /// - Throws: `DocumentError`.
  package func address(_ key: String) throws(DocumentError) -> Endpoint {
    let word = try string(key)
    guard let endpoint = Endpoint(word), endpoint.port > 0 else {
      throw error(key, "\(word) is no address, allowed: HOST:PORT")
    }
    return endpoint
  }
}
