import Foundation
import TacetLog
import TacetPrivacy
import Testing

@testable import TacetAudit

/// Proofs out of a ledger file, verified with nothing but the checkpoint.
@Suite final class LedgerProofTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-proof-\(UUID().uuidString)")
  private var file: URL { folder.appendingPathComponent("ledger.sqlite") }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func makeLedger(_ count: Int) async throws -> PrivacyLedger {
    let ledger = try PrivacyLedger.open(folder: folder, create: true) { 1_000_000 }
    try await ledger.setBudget(Budget(epsilon: 40, delta: 1e-6, window: nil), for: "cam")
    let parameters = try ReleaseParameters(radius: 1, scale: 64)
    _ = try await ledger.record(device: "cam", releases: (1..<count).map { ("r\($0)", parameters, 4) })
    return ledger
  }

  @Test func everyEntryIsProved() async throws {
    let ledger = try await makeLedger(21)
    let checkpoint = try Checkpoint(
      note: SignedNote(await ledger.checkpoint()), verifiedBy: NoteVerifier(ledger.verifierKey))
    for index in 0..<UInt64(21) {
      let proof = try LedgerProof(inclusionOf: index, in: file)
      guard case .inclusion(index, let leaf) = proof.statement else {
        Issue.record("another statement")
        continue
      }
      let hash = MerkleHash(leaf: leaf.utf8)
      try MerkleTree.verifyInclusion(
        of: hash, index: index, size: checkpoint.size, root: checkpoint.root, proof: proof.hashes)
      #expect(throws: MerkleProofError.self) {
        try MerkleTree.verifyInclusion(
          of: MerkleHash(leaf: (leaf + " ").utf8), index: index, size: checkpoint.size, root: checkpoint.root,
          proof: proof.hashes)
      }
    }
    #expect(throws: LedgerError.self) { try LedgerProof(inclusionOf: 21, in: file) }
  }

  @Test func everyEarlierLogIsContinued() async throws {
    let ledger = try await makeLedger(21)
    var tree = MerkleTree()
    var roots = [tree.root]
    for entry in try await ledger.entries(count: 21) {
      tree.append(entry.canonicalBytes)
      roots.append(tree.root)
    }
    for (size, root) in roots.enumerated() {
      let proof = try LedgerProof(consistencyFrom: UInt64(size), in: file)
      try MerkleTree.verifyConsistency(
        from: UInt64(size), firstRoot: root, to: proof.size, secondRoot: proof.root, proof: proof.hashes)
    }
    #expect(throws: LedgerError.self) { try LedgerProof(consistencyFrom: 22, in: file) }
  }
}
