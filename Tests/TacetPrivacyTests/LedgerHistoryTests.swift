import TacetLog
import Testing

@testable import TacetPrivacy

/// Proofs about a ledger that goes on growing, against the tree of all its leaves.
@Suite struct LedgerHistoryTests {
  @Test func proofsHoldAtEverySizeWhileItGrows() async throws {
    let sandbox = LedgerSandbox()
    let ledger = try sandbox.open()
    let history = LedgerHistory(of: ledger)
    let parameters = try ReleaseParameters(radius: 1, scale: 64)
    try await ledger.setBudget(Budget(epsilon: 1000, delta: 1e-6, window: nil), for: "cam")
    var size: UInt64 = 1
    for count in [1, 1021, 1, 2100] {
      let start = size
      _ = try await ledger.record(device: "cam", releases: (0..<count).map { ("r\(start)-\($0)", parameters, 4) })
      size += UInt64(count)
      var tree = MerkleTree()
      var roots = [MerkleHash.empty]
      for hash in try await ledger.leafHashes(0..<size) {
        tree.append(leafHash: hash)
        roots.append(tree.root)
      }
      for first in [0, 1, 7, 1000, 1023, 1024, 1025, 2048, 2560, size - 1, size] where first <= size {
        #expect(try await history.root(ofFirst: first) == roots[Int(first)])
        for second in [1, 8, 1024, 1536, 2049, size] where second >= first && second <= size {
          let proof = try #require(await history.consistencyProof(from: first, to: second))
          try MerkleTree.verifyConsistency(
            from: first, firstRoot: roots[Int(first)], to: second, secondRoot: roots[Int(second)], proof: proof)
        }
      }
    }
    #expect(try await history.consistencyProof(from: size, to: size - 1) == nil)
    await #expect(throws: LedgerError.self) { try await history.root(ofFirst: size + 1) }
  }
}
