import TacetLog
import Testing

/// A tree kept whole proves what the walk over all leaves proves.
@Suite struct MerkleLevelsTests {
  @Test func everyProofOfSmallTrees() {
    let hashes = (0..<70).map { MerkleHash(leaf: [UInt8($0)]) }
    var levels = MerkleLevels()
    var tree = MerkleTree()
    for (count, hash) in hashes.enumerated() {
      levels.append(leafHash: hash)
      tree.append(leafHash: hash)
      #expect(levels.tree == tree)
      for size in 1...UInt64(count + 1) {
        for index in 0..<size {
          let expected = MerkleTree.inclusionProof(index: index, size: size) { hashes[Int($0)] }
          #expect(levels.inclusionProof(index: index, size: size) == expected)
        }
      }
      #expect(levels.inclusionProof(index: UInt64(count + 1), size: UInt64(count + 1)) == nil)
      #expect(levels.inclusionProof(index: 0, size: UInt64(count + 2)) == nil)
    }
  }
}
