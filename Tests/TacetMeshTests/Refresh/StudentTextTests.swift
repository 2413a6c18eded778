import TacetLog
import TacetWire
import Testing

@testable import TacetMesh

@Suite struct StudentTextTests {
  private func proof(_ entries: Int, leaf: Int) throws -> InclusionProof {
    let signer = try NoteSigner(name: "models.example")
    var (tree, levels) = (MerkleTree(), MerkleLevels())
    let leaves = (0..<entries).map { index in [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: leaf) }
    for leaf in leaves {
      tree.append(leaf)
      levels.append(leafHash: MerkleHash(leaf: leaf))
    }
    let note = try signer.sign(Checkpoint(origin: "models.example", size: tree.size, root: tree.root).text)
    let hashes = try #require(levels.inclusionProof(index: UInt64(entries - 1), size: tree.size))
    return InclusionProof(
      leaf: try #require(leaves.last), index: UInt64(entries - 1), hashes: hashes, checkpoint: note)
  }

  /// As many messages whatever is in the log, and what arrives is what was proved.
  @Test(arguments: [1, 2, 100, 5000])
  func aProofTravelsInAFixedNumberOfParts(entries: Int) throws {
    let text = try StudentText(coefficients: 8, codec: MessageCodec(bytes: 1024))
    #expect(text.parts.count == 4)
    let proof = try proof(entries, leaf: 300)
    let bytes = try #require(text.bytes(proof))
    #expect(bytes.count == text.parts.values)
    var assembly = TensorAssembly<UInt8>(text.parts)
    var whole: [UInt8]?
    for part in text.parts.all.shuffled() {
      let slice = try #require(text.parts.slice(bytes, part))
      if let done = try assembly.take(slice, as: part) { whole = done }
    }
    #expect(try StudentText.proof(#require(whole)).description == proof.description)
  }

  @Test func whatIsNoProofIsAnError() throws {
    for bytes in [[], [0, 0, 0], [0xFF, 0xFE, 0], Array("c2sp.org/tlog-proof@v1\n".utf8)] as [[UInt8]] {
      #expect(throws: InclusionProofError.self) { try StudentText.proof(bytes) }
    }
    let text = try StudentText(coefficients: 8, codec: MessageCodec(bytes: 1024))
    #expect(text.bytes(try proof(1, leaf: 5000)) == nil)
  }
}
