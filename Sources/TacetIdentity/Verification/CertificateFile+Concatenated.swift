extension CertificateFile {
  /// The certificates of a text in which they follow each other, DER, as the SPIFFE Workload API has them; nothing else about them
  /// is looked at.
  /// - Returns: the DER of each; nil where it is not a row of DER values, or of more than a peer may present.
  package static func concatenated(_ bytes: [UInt8]) -> [[UInt8]]? {
    guard bytes.count <= 2 * ChainVerifier.mostChainBytes else { return nil }
    var certificates: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard certificates.count < 2 * ChainVerifier.mostCertificates, let length = lengthOfValue(rest),
        length <= rest.count
      else { return nil }
      certificates.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return certificates
  }

  /// Of the SEQUENCE that some bytes begin with, header included (X.690 §8.1.3).
  private static func lengthOfValue(_ bytes: ArraySlice<UInt8>) -> Int? {
    var rest = bytes
    guard rest.popFirst() == 0x30, let first = rest.popFirst() else { return nil }
    guard first & 0x80 != 0 else { return 2 + Int(first) }
    let count = Int(first & 0x7F)
    guard (1...3).contains(count), rest.count >= count else { return nil }
    return 2 + count + rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
  }
}
