import Testing

@testable import TacetLog

/// The tree against the reference data of RFC 6962's implementation and against its recursive definition.
@Suite struct MerkleTreeTests {
  @Test func emptyTreeHasTheHashOfNothing() {
    #expect(MerkleTree().root.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test(arguments: 1...8)
  func rootsOfTheReferenceTree(size: Int) {
    var tree = MerkleTree()
    for leaf in ReferenceTree.leaves.prefix(size) { tree.append(leaf) }
    #expect(tree.size == UInt64(size))
    #expect(tree.root.hex == ReferenceTree.roots[size - 1])
  }

  @Test(arguments: ReferenceTree.inclusions)
  func inclusionProofsOfTheReferenceTree(vector: ReferenceTree.Vector) throws {
    let proof = MerkleTree.inclusionProof(index: vector.first, size: vector.second) { ReferenceTree.leafHash($0) }
    #expect(proof?.map(\.hex) == vector.proof)
  }

  @Test(arguments: ReferenceTree.consistencies)
  func consistencyProofsOfTheReferenceTree(vector: ReferenceTree.Vector) throws {
    let proof = MerkleTree.consistencyProof(from: vector.first, to: vector.second) { ReferenceTree.leafHash($0) }
    #expect(proof?.map(\.hex) == vector.proof)
  }

  @Test func compactRangeRestores() throws {
    var tree = MerkleTree()
    for index in 0..<100 {
      let copy = try MerkleTree(size: tree.size, frontier: tree.frontier)
      #expect(copy.root == ReferenceTree.root(of: 0..<index))
      tree.append(ReferenceTree.numbered(UInt64(index)))
    }
    #expect(throws: MerkleProofError.wrongLength(expected: 2, found: 3)) {
      try MerkleTree(size: 5, frontier: [.empty, .empty, .empty])
    }
  }

  @Test func proofsOutsideTheTreeDoNotExist() {
    #expect(MerkleTree.inclusionProof(index: 3, size: 3) { ReferenceTree.leafHash($0) } == nil)
    #expect(MerkleTree.consistencyProof(from: 4, to: 3) { ReferenceTree.leafHash($0) } == nil)
  }

  /// A tree of complete blocks from their roots, which are known when a block's last leaf comes.
  @Test func blocksMakeTheTree() {
    for height in [0, 1, 3] {
      var (tree, blocks) = (MerkleTree(), [MerkleHash]())
      for number in 0..<40 {
        let leaf = MerkleHash(leaf: [UInt8(number)])
        let root = tree.root(ofBlockCompletedBy: leaf, height: height)
        tree.append(leafHash: leaf)
        #expect((root != nil) == tree.size.isMultiple(of: 1 << height))
        guard let root else { continue }
        blocks.append(root)
        #expect(MerkleTree(blocks: blocks, height: height) == tree)
      }
    }
  }
}
