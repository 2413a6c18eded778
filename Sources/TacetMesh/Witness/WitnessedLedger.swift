import Foundation
package import Logging
package import TacetIdentity
import TacetLog
package import TacetPrivacy
import TacetTrust
package import TacetWire

/// A device's ledger as its peers see it: its checkpoint, and the proof that it continues the one they keep.
///
/// A device that is shown a checkpoint of its own, signed by its own key, which its ledger does not continue, knows that
/// the ledger was rolled back or replaced: it goes silent, by an entry of the ledger, until an administrator restores it.
package actor WitnessedLedger {
  /// What is being shown to one peer.
  private struct Showing {
    let note: String
    let from: UInt64
    let proof: [[UInt8]]
    var sent = 0
  }

  private let device: String
  private let ledger: PrivacyLedger
  private let history: LedgerHistory
  private let codec: MessageCodec
  private let trust: TrustRegister?
  private let logger: Logger
  private var showings: [String: Showing] = [:]
  /// Whether a peer has answered to what it was shown, and the device has drawn its conclusion.
  package private(set) var isWitnessed = false
  /// The size of the checkpoint that a peer said it keeps.
  private var kept: [String: UInt64] = [:]

  /// - Parameter trust: learns who keeps what it was shown.
  package init(
    device: String, ledger: PrivacyLedger, codec: MessageCodec, trust: TrustRegister? = nil, logger: Logger
  ) {
    self.device = device
    self.ledger = ledger
    self.codec = codec
    self.trust = trust
    self.logger = logger
    history = LedgerHistory(of: ledger)
  }

  /// Reads the log once, so that what is shown later is shown in time.
  package func prepare() async {
    do {
      _ = try await history.root(ofFirst: newest().checkpoint.size)
    } catch {
      logger.error("the ledger's history cannot be read", metadata: ["error": "\(error)"])
    }
  }

  /// The next message to each peer, one for each whatever there is to show.
  package func messages(to peers: some Sequence<String> & Sendable, step: Int, site: String) async -> [String: Message]
  {
    var messages: [String: Message] = [:]
    for peer in peers {
      var message = Message(kind: .checkpoint, step: UInt64(step), site: site)
      do {
        let showing = try await showing(to: peer)
        showings[peer] = showing
        try message.carry(part(of: showing), proof: showing.proof, by: codec)
      } catch {
        logger.error("the ledger cannot be shown", metadata: ["to": "\(peer)", "error": "\(error)"])
      }
      messages[peer] = message
    }
    return messages
  }

  /// Takes a peer's answer to what it was shown; one to what is not being shown any more is left alone, since it may be out of date.
  /// - Returns: whether the device has gone silent for it; why is in the ledger.
  package func take(_ answer: Message, to question: Message, from peer: String, as id: SPIFFEID) async -> Bool {
    guard case .checkpoint(let part) = answer.payload, case .checkpoint(let asked) = question.payload,
      let showing = showings[peer], asked.note == showing.note
    else { return false }
    // Not before it is known whether the device must go silent: other steps may be under way.
    defer { isWitnessed = true }
    await judge(part, from: peer)
    if part.note == showing.note {
      kept[peer] = part.from
      showings[peer] = nil
      return false
    }
    if part.from == showing.from {
      showings[peer]?.sent = min(part.offset, showing.proof.count)
    } else {
      kept[peer] = part.from
      showings[peer] = nil
    }
    do {
      guard let reason = try await contradiction(of: part, from: peer) else { return false }
      return try await goSilent(by: id, reason: reason)
    } catch {
      logger.error("a witness's checkpoint cannot be compared", metadata: ["witness": "\(peer)", "error": "\(error)"])
      return false
    }
  }

  /// An administrator has restored the device: what peers were shown before is shown no more, else a late answer to it would silence the
  /// device again. What they are shown next has the restoring in it.
  package func restored() {
    showings = [:]
  }

  /// The answer to an auditor's question: the newest checkpoint, or the one asked for, and the next part of its proof.
  /// - Throws: `LedgerError`, `NoteError`, `WireError`.
  package func answer(_ request: Message) async throws -> Message {
    let question: CheckpointPart = if case .checkpoint(let part) = request.payload { part } else { CheckpointPart() }
    var (note, checkpoint) = try await newest()
    if !question.note.isEmpty {
      let asked = try Checkpoint(note: SignedNote(question.note), verifiedBy: NoteVerifier(ledger.verifierKey))
      guard asked.size <= checkpoint.size else { return request.answer(.malformed) }
      (note, checkpoint) = (question.note, asked)
    }
    let proof = try await proof(from: question.from, to: checkpoint.size)
    guard question.offset <= proof.count else { return request.answer(.malformed) }
    var answer = request.answer(.ok)
    let part = CheckpointPart(key: ledger.verifierKey, note: note, from: question.from, offset: question.offset)
    try answer.carry(part, proof: proof, by: codec)
    return answer
  }

  /// A witness that keeps less than it once said it keeps has lost its memory, or been given an old one; one that keeps another log's
  /// checkpoint vouches for nothing. Both are evidence, and no proof: an operator may have told it to forget, and the ledger may have
  /// another key.
  private func judge(_ part: CheckpointPart, from peer: String) async {
    guard let trust, !part.note.isEmpty || kept[peer] != nil else { return }
    let time = Date()
    let evidence =
      if part.from < kept[peer] ?? 0 {
        Evidence(.checkpoint, agreement: 0, reason: "it keeps less of the ledger than it did", at: time)
      } else if !part.note.isEmpty, !isOurs(part.note) {
        Evidence(.checkpoint, agreement: 0, reason: "it keeps a checkpoint of another ledger", at: time)
      } else {
        Evidence.checkpointKept(at: time)
      }
    await trust.observe(evidence, of: peer, for: .witness)
  }

  /// Whether this ledger's key signed a checkpoint.
  private func isOurs(_ note: String) -> Bool {
    guard let verifier = try? NoteVerifier(ledger.verifierKey), let note = try? SignedNote(note) else { return false }
    return (try? Checkpoint(note: note, verifiedBy: verifier)) != nil
  }

  private func showing(to peer: String) async throws -> Showing {
    if let showing = showings[peer] { return showing }
    let (note, checkpoint) = try await newest()
    let from = kept[peer] ?? 0
    return Showing(note: note, from: from, proof: try await proof(from: from, to: checkpoint.size))
  }

  private func part(of showing: Showing) -> CheckpointPart {
    CheckpointPart(key: ledger.verifierKey, note: showing.note, from: showing.from, offset: showing.sent)
  }

  /// Empty where there is nothing to prove, or nothing can be.
  private func proof(from first: UInt64, to second: UInt64) async throws(LedgerError) -> [[UInt8]] {
    try await history.consistencyProof(from: first, to: second)?.map(\.bytes) ?? []
  }

  private func newest() async throws -> (note: String, checkpoint: Checkpoint) {
    let note = try await ledger.checkpoint()
    return (note, try Checkpoint(text: SignedNote(note).text))
  }

  /// Why this ledger is not the one whose checkpoint a peer keeps; nil when it is. A note that this ledger's key did not
  /// sign says nothing: anyone could have made it.
  private func contradiction(of part: CheckpointPart, from peer: String) async throws -> String? {
    guard !part.note.isEmpty else { return nil }
    let verifier = try NoteVerifier(ledger.verifierKey)
    guard let checkpoint = try? Checkpoint(note: SignedNote(part.note), verifiedBy: verifier) else {
      logger.error("a witness keeps a checkpoint of another ledger for this device", metadata: ["witness": "\(peer)"])
      return nil
    }
    let newest = try await newest().checkpoint
    if checkpoint.size > newest.size {
      return "rolled back: \(newest.size) entries, a witness saw \(checkpoint.size)"
    }
    guard try await history.root(ofFirst: checkpoint.size) == checkpoint.root else {
      return "rewritten: a witness saw other entries among the first \(checkpoint.size)"
    }
    return nil
  }

  private func goSilent(by witness: SPIFFEID, reason: String) async throws -> Bool {
    logger.critical("the ledger is not the one that a witness saw", metadata: ["reason": "\(reason)"])
    guard try await ledger.fallback(of: device) == nil else { return false }
    try await ledger.fallBack(device, by: witness.description, reason: reason)
    return true
  }
}
