package import TacetDocument

extension DocumentMapping {
  /// The address under `key`, as `HOST:PORT`.
  /// - Throws: `DocumentError`.
  package func address(_ key: String) throws(DocumentError) -> Endpoint {
    let word = try string(key)
    guard let colon = word.lastIndex(of: ":"), colon != word.startIndex,
      let port = Int(word[word.index(after: colon)...]), (1...65535).contains(port)
    else { throw error(key, "\(word) is no address, allowed: HOST:PORT") }
    return Endpoint(host: String(word[..<colon]), port: port)
  }
}
