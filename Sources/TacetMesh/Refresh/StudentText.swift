import TacetInference
package import TacetLog
package import TacetWire

/// How the newest student travels: the text of its proof, with zeros up to a length that follows from the model alone, in parts.
package struct StudentText: Sendable, Hashable {
  /// What the longest proof takes: its lines but for the leaf, 40 hashes, and a checkpoint that is signed once.
  private static let bytesBesideLeaf = 40 * 45 + 768
  /// What a leaf takes beside its coefficients.
  private static let bytesOfLeaf = 512

  /// The parts that it travels in.
  package let parts: TensorParts

  /// - Parameter coefficients: H·K.
  /// - Throws: `WireError` when it takes too many messages.
  package init(coefficients: Int, codec: MessageCodec) throws(WireError) {
    let leaf = Self.base64(Self.base64(4 * coefficients) + Self.bytesOfLeaf)
    parts = try TensorParts(values: leaf + Self.bytesBesideLeaf, of: .uint8, codec: codec)
  }

  private static func base64(_ bytes: Int) -> Int { (bytes + 2) / 3 * 4 }

  /// The bytes that travel; nil where the proof is longer than any should be.
  package func bytes(_ proof: InclusionProof) -> [UInt8]? {
    let text = Array(proof.description.utf8)
    return text.count <= parts.values ? text + [UInt8](repeating: 0, count: parts.values - text.count) : nil
  }

  /// The proof that travelled.
  /// - Throws: `InclusionProofError`.
  package static func proof(_ bytes: [UInt8]) throws(InclusionProofError) -> InclusionProof {
    let end = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
    return try InclusionProof(parsing: String(decoding: bytes[..<end], as: UTF8.self))
  }
}
