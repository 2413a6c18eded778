import Testing

@testable import TacetLog

/// Proofs of every position in every small tree verify; every change to them does not.
@Suite struct MerkleVerificationTests {
  private static let largest = 18

  @Test(arguments: 1...largest)
  func inclusion(size: Int) throws {
    let root = ReferenceTree.root(of: 0..<size)
    for index in 0..<UInt64(size) {
      let leaf = ReferenceTree.numberedHash(index)
      let proof = try #require(
        MerkleTree.inclusionProof(index: index, size: UInt64(size)) { ReferenceTree.numberedHash($0) })
      try MerkleTree.verifyInclusion(of: leaf, index: index, size: UInt64(size), root: root, proof: proof)

      #expect(throws: MerkleProofError.wrongLength(expected: proof.count, found: proof.count + 1)) {
        try MerkleTree.verifyInclusion(of: leaf, index: index, size: UInt64(size), root: root, proof: proof + [root])
      }
      #expect(throws: MerkleProofError.wrongRoot) {
        try MerkleTree.verifyInclusion(of: .empty, index: index, size: UInt64(size), root: root, proof: proof)
      }
      for position in proof.indices {
        var broken = proof
        broken[position] = leaf
        #expect(throws: MerkleProofError.wrongRoot) {
          try MerkleTree.verifyInclusion(of: leaf, index: index, size: UInt64(size), root: root, proof: broken)
        }
      }
    }
  }

  @Test(arguments: 0...largest)
  func consistency(second: Int) throws {
    let newRoot = ReferenceTree.root(of: 0..<second)
    for first in 0...second {
      let oldRoot = ReferenceTree.root(of: 0..<first)
      let proof = try #require(
        MerkleTree.consistencyProof(from: UInt64(first), to: UInt64(second)) { ReferenceTree.numberedHash($0) })
      func verify(_ old: MerkleHash, _ new: MerkleHash, _ proof: [MerkleHash]) throws {
        try MerkleTree.verifyConsistency(
          from: UInt64(first), firstRoot: old, to: UInt64(second), secondRoot: new, proof: proof)
      }
      try verify(oldRoot, newRoot, proof)

      let foreign = MerkleHash(leaf: [0xFF])
      #expect(throws: MerkleProofError.wrongRoot) { try verify(foreign, newRoot, proof) }
      if first > 0 {
        #expect(throws: MerkleProofError.wrongRoot) { try verify(oldRoot, foreign, proof) }
      }
      #expect(throws: MerkleProofError.wrongLength(expected: proof.count, found: proof.count + 1)) {
        try verify(oldRoot, newRoot, proof + [foreign])
      }
      for position in proof.indices {
        var broken = proof
        broken[position] = foreign
        #expect(throws: MerkleProofError.wrongRoot) { try verify(oldRoot, newRoot, broken) }
      }
    }
  }

  @Test func malformedIsToldFromFalse() {
    #expect(throws: MerkleProofError.indexOutOfRange(index: 4, size: 4)) {
      try MerkleTree.verifyInclusion(of: .empty, index: 4, size: 4, root: .empty, proof: [])
    }
    #expect(throws: MerkleProofError.sizesOutOfOrder(first: 5, second: 4)) {
      try MerkleTree.verifyConsistency(from: 5, firstRoot: .empty, to: 4, secondRoot: .empty, proof: [])
    }
    // Both the length and the root are wrong: the length is what is reported.
    #expect(throws: MerkleProofError.wrongLength(expected: 3, found: 1)) {
      try MerkleTree.verifyInclusion(of: .empty, index: 2, size: 8, root: .empty, proof: [.empty])
    }
    // The largest tree there is: no shift or index goes out of range.
    #expect(throws: MerkleProofError.wrongLength(expected: 64, found: 0)) {
      try MerkleTree.verifyInclusion(of: .empty, index: 0, size: .max, root: .empty, proof: [])
    }
  }
}
