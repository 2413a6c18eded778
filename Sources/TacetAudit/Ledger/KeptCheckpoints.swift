import TacetLog

/// Checkpoints that somebody kept, each compared when the log has grown to its size.
struct KeptCheckpoints: Sendable {
  /// Not yet reached, the smallest last.
  private var waiting: [Checkpoint]
  private var contradicted: [Checkpoint] = []

  /// Those of `notes` that the ledger's key signed; the others are reported.
  init(_ notes: [SignedNote], key: NoteVerifier, report replay: inout LedgerReplay) {
    var checkpoints: [Checkpoint] = []
    for note in notes {
      do throws(NoteError) {
        checkpoints.append(try Checkpoint(note: note, verifiedBy: key))
      } catch {
        replay.report(.checkpointSignature, "a kept checkpoint is not of this ledger: \(error)")
      }
    }
    waiting = checkpoints.sorted { $0.size > $1.size }
    compare(with: MerkleTree())
  }

  /// Compares those over as many entries as the tree has now.
  mutating func compare(with tree: MerkleTree) {
    while let checkpoint = waiting.last, checkpoint.size == tree.size {
      if checkpoint.root != tree.root { contradicted.append(checkpoint) }
      waiting.removeLast()
    }
  }

  /// Reports what the whole log does not continue.
  func finish(with tree: MerkleTree, report replay: inout LedgerReplay) {
    for checkpoint in contradicted {
      replay.report(
        .rolledBack, "a kept checkpoint is over \(checkpoint.size) entries; other entries are in their place")
    }
    for checkpoint in waiting {
      replay.report(.rolledBack, "a kept checkpoint is over \(checkpoint.size) entries; the log has only \(tree.size)")
    }
  }
}
