public import Foundation
public import TacetLog
public import TacetPrivacy

/// Recomputes a ledger from its entries alone: leaf hashes and root, the checkpoint's signature, the order of entries,
/// the cost of each charge from its unit, radius or sensitivity, and scale, the sums for each device and window against the budget in force.
///
/// What the ledger itself believes (its index of sums) is compared at the end and never used.
public struct LedgerVerifier: Sendable {
  /// No more findings than this are kept; one is enough for a ledger not to hold.
  public static let maximumFindingCount = 1000

  /// The key that checkpoints must be signed with.
  public let key: NoteVerifier
  /// Checkpoints of this ledger that somebody kept: the log must continue each of them.
  public let remembered: [SignedNote]

  /// A verifier.
  /// - Parameters:
  ///   - key: the ledger's public key, from a place that who can write the ledger cannot write.
  ///   - remembered: checkpoints kept from before, which catch a ledger that was cut, rolled back or forked.
  public init(key: NoteVerifier, remembered: [SignedNote] = []) {
    self.key = key
    self.remembered = remembered
  }

  /// Verifies a ledger file, or an export of one, opened for reading only.
  /// - Throws: `LedgerError` when the file is missing or cannot be read as a ledger at all.
  public func verify(file: URL) throws(LedgerError) -> LedgerVerification {
    if ExportedLedger.isExport(file) { return try verify(ExportedLedger(file: file)) }
    return try LedgerFile(file: file).examine { try verify($0) }
  }

  /// Verifies what a reader shows, in two passes over the entries, and a third where a release may be there twice.
  package func verify(_ ledger: any LedgerReading) throws(LedgerError) -> LedgerVerification {
    var starts = WindowStarts()
    try ledger.forEachBundle { starts.add($1) }
    let fingerprint = try ledger.index?.fingerprint() ?? ReleaseFingerprint()
    var replay = LedgerReplay(
      windowStarts: starts, fingerprint: fingerprint, index: ledger.index,
      indexEnd: try ledger.index?.indexedCount() ?? 0)
    let builder = TreeBuilder(kept: KeptCheckpoints(remembered, key: key, report: &replay))
    try ledger.forEachBundle { first, leaves in
      builder.append(leaves)
      var position = first
      LeafBundle.forEachLeaf(of: leaves) { leaf in
        replay.replay(leaf, at: position)
        position &+= 1
      }
    }
    try findRepeated(in: ledger, replay: &replay, fingerprint: fingerprint)
    let (tree, kept) = builder.finish()
    kept.finish(with: tree, report: &replay)
    check(try ledger.checkpointNote(), of: tree, report: &replay)
    if let index = ledger.index {
      try check(headOf: index, of: tree, report: &replay)
      try check(index, against: &replay)
    }
    return LedgerVerification(
      size: tree.size, root: tree.root, origin: key.name, devices: replay.summaries,
      statedWindows: replay.statedWindows, findings: inOrder(replay.findings))
  }

  /// In the order of the log; what is about the whole of it comes last.
  private func inOrder(_ findings: [LedgerFinding]) -> [LedgerFinding] {
    findings.enumerated().sorted {
      ($0.element.index ?? .max, $0.offset) < ($1.element.index ?? .max, $1.offset)
    }.map(\.element)
  }

  /// Reads the releases again whose fingerprints are not unique, by name.
  private func findRepeated(
    in ledger: any LedgerReading, replay: inout LedgerReplay, fingerprint: ReleaseFingerprint
  ) throws(LedgerError) {
    let suspects = replay.takeRepeated()
    guard !suspects.isEmpty else { return }
    var first: [String: UInt64] = [:]
    var found: [(index: UInt64, first: UInt64)] = []
    try ledger.forEachEntry { position, leaf in
      guard let entry = LedgerEntry(canonicalBytes: leaf), case .charge(let terms) = entry.content,
        suspects.contains(fingerprint.of(terms.release, device: entry.device))
      else { return }
      // Neither name can have a space.
      let name = "\(entry.device) \(terms.release)"
      let index = UInt64(bitPattern: position)
      if let earlier = first.updateValue(first[name] ?? index, forKey: name) { found.append((index, earlier)) }
    }
    for (index, first) in found {
      replay.report(.duplicateRelease, at: index, "the release was charged before, in entry \(first)")
    }
  }

  private func check(_ note: String, of tree: MerkleTree, report replay: inout LedgerReplay) {
    do throws(NoteError) {
      let checkpoint = try Checkpoint(note: SignedNote(note), verifiedBy: key)
      if checkpoint.origin != key.name {
        replay.report(.checkpointSignature, "the checkpoint is of another log")
      }
      if checkpoint.size != tree.size {
        replay.report(
          .checkpointSize, "\(tree.size) entries, but the checkpoint was signed over \(checkpoint.size)")
      } else if checkpoint.root != tree.root {
        replay.report(.checkpointRoot, "the checkpoint was signed over other entries")
      }
    } catch {
      replay.report(.checkpointSignature, "checkpoint: \(error)")
    }
  }

  /// The next entry continues the head's tree, and is never older than its time: a later one would refill windows early.
  private func check(
    headOf index: any LedgerIndexReading, of tree: MerkleTree, report replay: inout LedgerReplay
  ) throws(LedgerError) {
    guard let head = try index.head(), head.tree == tree else {
      return replay.report(.wrongSum, "the head that the next entry continues does not follow from the entries")
    }
    if head.time != replay.time {
      replay.report(.wrongSum, "the time of the head is not that of the last entry")
    }
  }

  private func check(
    _ index: any LedgerIndexReading, against replay: inout LedgerReplay
  ) throws(LedgerError) {
    var rows: (count: UInt64, sum: UInt64) = (0, 0)
    try index.forEachDigest(by: replay.indexKey) { digest in
      rows.count += 1
      rows.sum &+= digest
    }
    if rows.count != replay.indexed.count {
      replay.report(
        .wrongSum, "the index has \(rows.count) charges, the entries it covers have \(replay.indexed.count)")
    } else if rows.sum != replay.indexed.sum {
      replay.report(.wrongSum, "the index of charges does not follow from the entries")
    }
    var devices: Set<String> = []
    var copy = replay
    try index.forEachDevice { name, row in
      devices.insert(name)
      copy.check(row, of: name)
    }
    for device in copy.deviceNames where !devices.contains(device) {
      copy.report(.wrongSum, "device \(device) is missing from the index of devices")
    }
    replay = copy
  }
}
