import Dispatch
import Foundation
import Synchronization
import TacetLog

/// The record of everything that an authority does, written: an append-only Merkle log whose entries are durable, and signed for,
/// before anything leaves the authority.
///
/// Entries that are appended together share one signature and one sync of the disk. Processes take turns. What a process left
/// unsigned when it was killed is cut off by the next: nothing was let out for it.
final class AuthorityLog: Sendable {
  /// The same, for reading.
  let log: LogFile
  private let signer: NoteSigner
  /// Where the log ended when this object last wrote to it: not read again while the file has that length.
  private let known = Mutex<Known?>(nil)

  private struct Known {
    let tree: MerkleTree
    let offset: Int
  }

  init(file: URL, signer: NoteSigner) {
    log = LogFile(file: file, key: signer.verifier)
    self.signer = signer
  }

  /// Makes the log of a new authority, with its first entries.
  /// - Throws: ``IdentityError``, also where there is a log already.
  static func make(
    file: URL, signer: NoteSigner, contents: [AuthorityEntry.Content], at date: Date
  ) throws(IdentityError) {
    let descriptor = open(file.path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw IdentityError(.inputOutput, "cannot make \(file.path): \(SecretFile.systemReason())")
    }
    defer { close(descriptor) }
    var turn = Turn(
      log: LogFile(file: file, key: signer.verifier), descriptor: descriptor, signer: signer, tree: MerkleTree(),
      offset: 0)
    try turn.append(contents, at: date)
    try SecretFile.sync(folder: file.deletingLastPathComponent())
  }

  /// Appends entries, durably, as one group.
  /// - Throws: ``IdentityError``; then none of them is in the log, and what they are about must not leave.
  func append(_ contents: [AuthorityEntry.Content], at date: Date) throws(IdentityError) {
    try exclusively { turn throws(IdentityError) in _ = try turn.append(contents, at: date) }
  }

  /// Runs `body` while nobody else writes to the log.
  /// - Throws: ``IdentityError`` when the log cannot be written or is damaged; what `body` throws.
  func exclusively<Result>(
    _ body: (inout Turn) throws(IdentityError) -> Result
  ) throws(IdentityError) -> Result {
    let descriptor = open(log.file.path, O_RDWR | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { throw IdentityError(.missing, "\(log.file.path) is missing: restore it from a backup") }
      throw IdentityError(.inputOutput, "cannot write \(log.file.path): \(SecretFile.systemReason())")
    }
    // The lock goes with the descriptor.
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        throw IdentityError(.inputOutput, "cannot lock \(log.file.path): \(SecretFile.systemReason())")
      }
    }
    var turn = try turn(on: descriptor)
    defer {
      let (tree, offset) = (turn.tree, turn.offset)
      known.withLock { $0 = Known(tree: tree, offset: offset) }
    }
    return try body(&turn)
  }

  private func turn(on descriptor: Int32) throws(IdentityError) -> Turn {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    if let known = known.withLock({ $0 }), known.offset == size {
      return Turn(log: log, descriptor: descriptor, signer: signer, tree: known.tree, offset: size)
    }
    let end = try log.end(of: descriptor)
    try log.checkGroup(before: end, of: descriptor)
    guard end.offset == size || ftruncate(descriptor, off_t(end.offset)) == 0 else {
      throw IdentityError(.inputOutput, "cannot write \(log.file.path): \(SecretFile.systemReason())")
    }
    return Turn(log: log, descriptor: descriptor, signer: signer, tree: end.seal.tree, offset: end.offset)
  }

  /// The log, while nobody else writes to it.
  struct Turn {
    fileprivate let log: LogFile
    fileprivate let descriptor: Int32
    fileprivate let signer: NoteSigner
    fileprivate var tree: MerkleTree
    fileprivate var offset: Int

    /// The index of the next entry.
    var nextIndex: UInt64 { tree.size }

    /// Calls `body` with each entry; of the certificates, with those only that are wanted.
    /// - Throws: ``IdentityError``.
    func forEachEntry(
      where isWanted: (LeafOutline) -> Bool = { _ in true },
      _ body: (AuthorityEntry) throws(IdentityError) -> Void
    ) throws(IdentityError) {
      try log.forEachLeaf(before: try log.end(of: descriptor), where: isWanted) { entry, _ throws(IdentityError) in
        try body(entry)
      }
    }

    /// What `body` makes of the log, whose entries are checked meanwhile: for what is signed because the log says so, by a key that
    /// who can write the log does not have.
    /// - Throws: ``IdentityError`` also where the entries are not those that were signed.
    func proved<Result: Sendable>(
      _ body: @Sendable (LogFile, LogFile.End) throws(IdentityError) -> Result
    ) throws(IdentityError) -> Result {
      let (log, end) = (log, try log.end(of: descriptor))
      let outcome = Mutex<(made: Result?, flaw: IdentityError?)>((nil, nil))
      DispatchQueue.concurrentPerform(iterations: 2) { part in
        do throws(IdentityError) {
          guard part == 1 else { return try log.checkEntries(before: end) }
          let made = try body(log, end)
          outcome.withLock { $0.made = made }
        } catch {
          outcome.withLock { $0.flaw = error }
        }
      }
      let (made, flaw) = outcome.withLock { ($0.made, $0.flaw) }
      guard let made, flaw == nil else { throw flaw ?? log.damaged("it cannot be read") }
      return made
    }

    /// What was revoked, by serial number.
    /// - Throws: ``IdentityError``.
    func revocations() throws(IdentityError) -> [SerialNumber: CertificateRecord.Revocation] {
      try log.revocations(before: try log.end(of: descriptor))
    }

    /// Calls `body` with each certificate that is looked for.
    /// - Throws: ``IdentityError``.
    func forEachRecord(
      of query: CertificateQuery, _ body: (CertificateRecord) throws(IdentityError) -> Void
    ) throws(IdentityError) {
      try log.forEachRecord(of: query, before: try log.end(of: descriptor), body)
    }

    /// Appends entries, durably, as one group.
    /// - Returns: what is in the log now.
    /// - Throws: ``IdentityError``; then none of them is in the log.
    @discardableResult
    mutating func append(_ contents: [AuthorityEntry.Content], at date: Date) throws(IdentityError) -> LogGroup {
      var grown = tree
      var bytes: [UInt8] = []
      bytes.reserveCapacity(contents.count * 384 + 1024)
      let time = date.secondsSince1970
      var entries: [LogGroup.Entry] = []
      entries.reserveCapacity(contents.count)
      for content in contents {
        let entry = LogGroup.Entry(AuthorityEntry(index: grown.size, time: time, content: content))
        grown.append(leafHash: entry.hash)
        bytes += entry.bytes
        bytes.append(0x0A)
        entries.append(entry)
      }
      let seal: LogSeal
      do throws(NoteError) {
        seal = try LogSeal(grown, signer: signer)
      } catch {
        throw IdentityError(.internalFault, "the log could not be signed: \(error)")
      }
      bytes += seal.line
      bytes.append(0x0A)
      guard DurableFile.writeAll(bytes, to: descriptor), fsync(descriptor) == 0 else {
        let reason = SecretFile.systemReason()
        _ = ftruncate(descriptor, off_t(offset))
        throw IdentityError(.inputOutput, "cannot write \(log.file.path): \(reason)")
      }
      defer {
        tree = grown
        offset += bytes.count
      }
      return LogGroup(start: offset, entries: entries, seal: seal, end: offset + bytes.count)
    }
  }
}

extension Date {
  /// Whole seconds; none before 1970.
  var secondsSince1970: UInt64 { UInt64(max(0, min(timeIntervalSince1970, 1e15))) }
}
