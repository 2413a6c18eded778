import Foundation
import GRDB
import TacetAudit
import TacetLog
import Testing

@testable import TacetPrivacy

/// Proofs out of a log of several blocks, from the blocks that they are about, or from all of it where the roots that are kept
/// are wrong.
@Suite(.eachStore) struct LedgerBlockTests {
  private let sandbox = LedgerSandbox()
  private static let size: UInt64 = 2 * LedgerBlock.size + 77

  private func makeLedger() async throws -> (checkpoint: Checkpoint, roots: [MerkleHash]) {
    let ledger = try sandbox.open()
    let parameters = try ReleaseParameters(radius: 1, scale: 64)
    try await ledger.setBudget(Budget(epsilon: 1000, delta: 1e-6, window: nil), for: "cam")
    var next: UInt64 = 1
    // Commits that end within a block, at its end, and after more than one.
    for end in [1000, LedgerBlock.size, LedgerBlock.size + 1, Self.size] {
      _ = try await ledger.record(device: "cam", releases: (next..<end).map { ("r\($0)", parameters, 4) })
      next = end
    }
    var tree = MerkleTree()
    var roots = [tree.root]
    for hash in try await ledger.leafHashes(0..<Self.size) {
      tree.append(leafHash: hash)
      roots.append(tree.root)
    }
    let note = try SignedNote(await ledger.checkpoint())
    return (try Checkpoint(note: note, verifiedBy: NoteVerifier(ledger.verifierKey)), roots)
  }

  /// Changes rows behind the ledger's back, by their names in a file.
  private func tamper(_ sql: String) throws {
    guard let store = sandbox.store else {
      // The ledger that made the file may still be closing it.
      var configuration = Configuration()
      configuration.busyMode = .timeout(10)
      return try DatabaseQueue(path: sandbox.file.path, configuration: configuration).write { try $0.execute(sql: sql) }
    }
    let named = ["entry", "block"].reduce(sql) { $0.replacingOccurrences(of: " \($1) ", with: " tacet_\($1) ") }
    try PostgresConnection(store.get()).run(named.replacingOccurrences(of: "x'", with: "'\\x"))
  }

  private func expectProofs(
    of indices: [UInt64], between sizes: [UInt64], _ checkpoint: Checkpoint, _ roots: [MerkleHash]
  ) throws {
    let source = try sandbox.source()
    #expect(checkpoint.size == Self.size && checkpoint.root == roots.last)
    for index in indices {
      let proof = try LedgerProof(inclusionOf: index, in: source)
      guard case .inclusion(index, let leaf) = proof.statement else {
        Issue.record("another statement")
        continue
      }
      #expect(LedgerEntry(canonicalBytes: Array(leaf.utf8))?.index == index)
      try MerkleTree.verifyInclusion(
        of: MerkleHash(leaf: leaf.utf8), index: index, size: checkpoint.size, root: checkpoint.root,
        proof: proof.hashes)
    }
    for first in sizes {
      for second in sizes where second >= first {
        let proof = try LedgerProof(consistencyFrom: first, to: second, in: source)
        #expect(proof.size == second && proof.root == roots[Int(second)])
        try MerkleTree.verifyConsistency(
          from: first, firstRoot: roots[Int(first)], to: second, secondRoot: proof.root, proof: proof.hashes)
      }
    }
  }

  @Test func everyProofHolds() async throws {
    let (checkpoint, roots) = try await makeLedger()
    let blocks = try sandbox.source().examine { try #require($0.index).blocks() }
    #expect(blocks.count == 2 && blocks.first == roots[Int(LedgerBlock.size)])
    try expectProofs(
      of: [0, 999, 1023, 1024, 2047, 2048, Self.size - 1],
      between: [0, 1000, 1024, 2000, Self.size],
      checkpoint, roots)
  }

  /// What is kept beside the entries is not believed.
  @Test(arguments: [
    "DELETE FROM block WHERE number = 1", "DELETE FROM block ",
    "UPDATE block SET root = x'0000000000000000000000000000000000000000000000000000000000000000' WHERE number = 0",
    "INSERT INTO block VALUES (2, x'0000000000000000000000000000000000000000000000000000000000000000')",
  ])
  func wrongRootsAreNotBelieved(sql: String) async throws {
    let (checkpoint, roots) = try await makeLedger()
    try tamper(sql)
    try expectProofs(of: [3, 2000], between: [1000, Self.size], checkpoint, roots)
  }

  /// Entries that were changed prove nothing; those that were not are proved without them.
  @Test func aChangedEntryIsNotProved() async throws {
    let (checkpoint, _) = try await makeLedger()
    try tamper("DELETE FROM entry WHERE position = 1")
    let source = try sandbox.source()
    #expect(throws: LedgerError.self) { try LedgerProof(inclusionOf: 3, in: source) }
    #expect(throws: LedgerError.self) { try LedgerProof(consistencyFrom: 500, in: source) }
    let proof = try LedgerProof(inclusionOf: 2000, in: source)
    guard case .inclusion(_, let leaf) = proof.statement else { throw CocoaError(.coderInvalidValue) }
    try MerkleTree.verifyInclusion(
      of: MerkleHash(leaf: leaf.utf8), index: 2000, size: checkpoint.size, root: checkpoint.root, proof: proof.hashes)
  }
}
