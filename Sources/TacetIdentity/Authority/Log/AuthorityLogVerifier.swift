public import Foundation
public import TacetLog

/// Recomputes an authority's log from its entries alone: leaf hashes and roots, checkpoints and their signatures, the order of
/// entries, that no serial number is there twice, that each certificate was signed by a key the log knows of, and that only what
/// was issued was revoked.
public struct AuthorityLogVerifier: Sendable {
  /// No more findings than this are kept; one is enough for a log not to hold.
  public static let mostFindings = 1000

  /// The key that checkpoints must be signed with.
  public let key: NoteVerifier
  /// Checkpoints of this log that somebody kept: it must continue each of them.
  public let remembered: [SignedNote]

  /// A verifier.
  /// - Parameters:
  ///   - key: the log's public key, from a place that who can write the log cannot write.
  ///   - remembered: checkpoints kept from before, which catch a log that was cut, rolled back or rewritten.
  public init(key: NoteVerifier, remembered: [SignedNote] = []) {
    self.key = key
    self.remembered = remembered
  }

  /// Verifies the log of the authority of a state folder, and that the roots and intermediates which lie there are those of the log.
  /// - Throws: ``IdentityError`` when a file is missing or cannot be read.
  public func verify(state: URL) throws(IdentityError) -> AuthorityLogVerification {
    let files = try CertificateAuthority.Files.existing(state: state)
    // Before the log: what is put in force meanwhile is in the log first.
    var signers: [(der: [UInt8], place: String)] = []
    for (number, generation) in try files.all() {
      for root in try PEMFile.certificates(generation.root) { signers.append((root, "generations/\(number)/root.pem")) }
      if let intermediate = try PEMFile.certificates(generation.intermediate).first {
        signers.append((intermediate, "generations/\(number)/intermediate.pem"))
      }
    }
    var replay = try replay(files.log)
    for (der, place) in signers { replay.checkSigner(der, in: place) }
    return replay.result
  }

  /// Verifies a log file, which is opened for reading only.
  /// - Throws: ``IdentityError`` when the file is missing or cannot be read.
  public func verify(file: URL) throws(IdentityError) -> AuthorityLogVerification { try replay(file).result }

  private func replay(_ file: URL) throws(IdentityError) -> LogReplay {
    var replay = LogReplay(key: key)
    let kept = remembered.map { note -> Checkpoint? in try? Checkpoint(note: note, verifiedBy: key) }
    var roots: [UInt64: MerkleHash] = [0: .empty]
    let sizes = Set(kept.compactMap { $0?.size })
    let rest = try LogFile(file: file, key: key).forEachLine { line throws(IdentityError) in
      replay.read(line)
      if sizes.contains(replay.tree.size) { roots[replay.tree.size] = replay.tree.root }
    }
    replay.finish(rest: rest)
    for checkpoint in kept {
      guard let checkpoint, checkpoint.origin == key.name else {
        replay.report(.rolledBack, at: nil, "a checkpoint kept from before is not of this log")
        continue
      }
      guard checkpoint.size <= replay.sealed.size, roots[checkpoint.size] == checkpoint.root else {
        replay.report(
          .rolledBack, at: nil,
          "the log does not continue the checkpoint of \(checkpoint.size) entries kept from before")
        continue
      }
    }
    return replay
  }
}
