public import Foundation
public import TacetLog
public import TacetPrivacy

/// Recomputes a ledger from its entries alone: leaf hashes and root, the checkpoint's signature, the order of entries,
/// the cost of each charge from its radius and scale, the sums for each device and window against the budget in force.
///
/// What the ledger itself believes (its index of sums) is compared at the end and never used.
public struct LedgerVerifier: Sendable {
  /// No more findings than this are kept; one is enough for a ledger not to hold.
  public static let maximumFindingCount = 1000

  /// The key that checkpoints must be signed with.
  public let key: NoteVerifier
  /// A checkpoint of this ledger that somebody kept; it must be a beginning of the log.
  public let remembered: SignedNote?

  /// A verifier.
  /// - Parameters:
  ///   - key: the ledger's public key, from a place that who can write the ledger cannot write.
  ///   - remembered: a checkpoint kept from before, which catches a ledger that was rolled back.
  public init(key: NoteVerifier, remembered: SignedNote? = nil) {
    self.key = key
    self.remembered = remembered
  }

  /// Verifies a ledger file, opened for reading only.
  /// - Throws: `LedgerError` when the file is missing or cannot be read as a ledger at all.
  public func verify(file: URL) throws(LedgerError) -> LedgerVerification {
    try LedgerFile(file: file).examine { try verify($0) }
  }

  /// Verifies what a reader shows.
  package func verify(_ ledger: any LedgerReading) throws(LedgerError) -> LedgerVerification {
    var replay = LedgerReplay()
    let kept = rememberedCheckpoint(&replay)
    var rootThen: MerkleHash? = kept?.size == 0 ? .empty : nil
    try ledger.forEachEntry { position, leaf in
      replay.replay(leaf, at: position)
      if replay.tree.size == kept?.size { rootThen = replay.tree.root }
    }
    if let kept, rootThen != kept.root {
      let reason = rootThen == nil ? "the log has only \(replay.tree.size)" : "other entries are in their place"
      replay.report(.rolledBack, "a remembered checkpoint is over \(kept.size) entries; \(reason)")
    }
    check(try ledger.checkpointNote(), against: &replay)
    try checkIndex(ledger, against: &replay)
    return LedgerVerification(
      size: replay.tree.size, root: replay.tree.root, origin: key.name, devices: replay.summaries,
      findings: replay.findings)
  }

  private func rememberedCheckpoint(_ replay: inout LedgerReplay) -> Checkpoint? {
    guard let remembered else { return nil }
    do throws(NoteError) {
      return try Checkpoint(note: remembered, verifiedBy: key)
    } catch {
      replay.report(.checkpointSignature, "the remembered checkpoint is not of this ledger: \(error)")
      return nil
    }
  }

  private func check(_ note: String, against replay: inout LedgerReplay) {
    do throws(NoteError) {
      let checkpoint = try Checkpoint(note: SignedNote(note), verifiedBy: key)
      if checkpoint.origin != key.name {
        replay.report(.checkpointSignature, "the checkpoint is of another log")
      }
      if checkpoint.size != replay.tree.size {
        replay.report(
          .checkpointSize, "\(replay.tree.size) entries, but the checkpoint was signed over \(checkpoint.size)")
      } else if checkpoint.root != replay.tree.root {
        replay.report(.checkpointRoot, "the checkpoint was signed over other entries")
      }
    } catch {
      replay.report(.checkpointSignature, "checkpoint: \(error)")
    }
  }

  private func checkIndex(_ ledger: any LedgerReading, against replay: inout LedgerReplay) throws(LedgerError) {
    var copy = replay
    var rows: UInt64 = 0
    try ledger.forEachCharged { row in
      rows += 1
      copy.check(row)
    }
    let charges = copy.chargeCount(before: try ledger.indexedCount())
    if rows != charges {
      copy.report(.wrongSum, "the index has \(rows) charges, the entries it covers have \(charges)")
    }
    var devices: Set<String> = []
    try ledger.forEachDevice { name, row in
      devices.insert(name)
      copy.check(row, of: name)
    }
    for device in copy.deviceNames where !devices.contains(device) {
      copy.report(.wrongSum, "device \(device) is missing from the index of sums")
    }
    replay = copy
  }
}
