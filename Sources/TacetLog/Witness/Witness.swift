/// What a witness remembers of one log, and how it judges what it is shown of it (C2SP tlog-witness).
///
/// The first checkpoint is believed, and with it its key (trust on first use: who shows it must be known in another way).
/// From then on each must be signed by that key and be proved to continue the last. What is refused changes nothing that
/// is remembered; the log is in disrepute until it shows one that does continue it.
public struct Witness: Codable, Hashable, Sendable {
  /// A checkpoint that was refused.
  public struct Refusal: Codable, Hashable, Sendable {
    /// Why.
    public let reason: WitnessVerdict.Reason
    /// The key that it was shown with.
    public let key: String
    /// The note: signed by the log's own key it is evidence against the log.
    public let checkpoint: String
    /// When, in seconds since 1970.
    public let time: UInt64
  }

  /// The name of the log's owner, from its certificate.
  public let log: String
  /// The verifier key that was believed first; nil while nothing was.
  public private(set) var key: String?
  /// The last checkpoint that was accepted, a signed note.
  public private(set) var checkpoint: String?
  /// When that was, in seconds since 1970.
  public private(set) var time: UInt64?
  /// How many checkpoints in a row came without the proof from where it must begin.
  public private(set) var unproven = 0
  /// The last checkpoint shown, if it was refused.
  public private(set) var refusal: Refusal?

  /// A witness that remembers nothing of this log.
  public init(of log: String) {
    self.log = log
  }

  /// The size of the tree remembered; 0 for none.
  public var size: UInt64 { remembered?.size ?? 0 }

  private var remembered: Checkpoint? {
    checkpoint.flatMap { try? SignedNote($0) }.flatMap { try? Checkpoint(text: $0.text) }
  }

  /// An answer that says where the proof must begin may be lost, but not so often in a row.
  private static let mostUnproven = 3

  /// Judges a checkpoint, and remembers it when it is accepted.
  /// - Parameter time: seconds since 1970.
  public mutating func examine(_ shown: ShownCheckpoint, at time: UInt64) -> WitnessVerdict {
    var verdict = verdict(on: shown)
    if case .unproven = verdict { unproven += 1 } else { unproven = 0 }
    if unproven > Self.mostUnproven { verdict = .refused(.unproven) }
    switch verdict {
    case .accepted:
      (key, checkpoint, self.time, refusal) = (shown.key, shown.note, time, nil)
    case .refused(let reason):
      refusal = Refusal(reason: reason, key: shown.key, checkpoint: shown.note, time: time)
    case .unproven: break
    }
    return verdict
  }

  private func verdict(on shown: ShownCheckpoint) -> WitnessVerdict {
    guard let verifier = try? NoteVerifier(shown.key), let note = try? SignedNote(shown.note) else {
      return .refused(.malformed)
    }
    if let key, key != shown.key { return .refused(.otherKey) }
    let checkpoint: Checkpoint
    do throws(NoteError) {
      checkpoint = try Checkpoint(note: note, verifiedBy: verifier)
    } catch {
      if case .malformedCheckpoint = error { return .refused(.malformed) }
      return .refused(.unsigned)
    }
    guard checkpoint.origin == verifier.name else { return .refused(.malformed) }
    guard let remembered else { return .accepted(size: checkpoint.size) }
    return verdict(on: checkpoint, after: remembered, shown)
  }

  private func verdict(
    on checkpoint: Checkpoint, after remembered: Checkpoint, _ shown: ShownCheckpoint
  ) -> WitnessVerdict {
    guard checkpoint.size >= remembered.size else { return .refused(.rolledBack) }
    if checkpoint.size == remembered.size {
      return checkpoint.root == remembered.root ? .accepted(size: checkpoint.size) : .refused(.forked)
    }
    guard shown.from == remembered.size else { return .unproven(remembered: remembered.size) }
    do throws(MerkleProofError) {
      try MerkleTree.verifyConsistency(
        from: remembered.size, firstRoot: remembered.root, to: checkpoint.size, secondRoot: checkpoint.root,
        proof: shown.proof)
      return .accepted(size: checkpoint.size)
    } catch {
      return .refused(.forked)
    }
  }
}
