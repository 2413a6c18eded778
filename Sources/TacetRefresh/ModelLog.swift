public import Foundation
public import TacetInference
public import TacetLog

/// The log of what was published for a model: a Merkle log in a file, entries a line each, a signed checkpoint after each.
///
/// An entry is durable, and signed for, before anybody can prove it. What a process left unsigned when it was killed is cut off by the
/// next: nothing was let out for it. Processes take turns.
public struct ModelLog: Sendable {
  /// The file; made by the first entry.
  public let file: URL
  /// The key that checkpoints are signed with.
  public let key: NoteVerifier

  /// The largest log that is read, in bytes.
  private static let mostBytes = 256 << 20

  /// - Parameter key: the log's public key.
  public init(file: URL, key: NoteVerifier) {
    (self.file, self.key) = (file, key)
  }

  /// What is in the log.
  struct Content {
    var versions: [StudentVersion] = []
    var levels = MerkleLevels()
    var checkpoint: SignedNote?
    /// Where the last seal ends.
    var end = 0
  }

  /// All that was published and signed for, the oldest first; none where there is no file yet.
  /// - Throws: ``RefreshError`` when the file cannot be read, or is not what was signed.
  public func versions() throws(RefreshError) -> [StudentVersion] { try content().versions }

  /// The proof of the newest version of a model; nil where there is none.
  /// - Throws: ``RefreshError``, as ``versions()``.
  public func newest(of model: String) throws(RefreshError) -> InclusionProof? {
    let content = try content()
    guard let version = content.versions.last(where: { $0.model == model }), let checkpoint = content.checkpoint,
      let hashes = content.levels.inclusionProof(index: version.index, size: content.levels.size)
    else { return nil }
    return InclusionProof(
      leaf: version.canonicalBytes, index: version.index, hashes: hashes, checkpoint: checkpoint)
  }

  /// Publishes a head of a model as its next revision, durably.
  /// - Parameters:
  ///   - student: SHA-256 of its student's network, in lower-case hexadecimal.
  ///   - signer: must be of the log's key.
  /// - Throws: ``RefreshError``; then nothing is in the log that was not.
  public func publish(
    _ head: StudentHead, of model: String, student: String, at date: Date, signer: NoteSigner
  ) throws(RefreshError) -> StudentVersion {
    guard signer.verifier.description == key.description else {
      throw RefreshError(.notPermitted, "\(file.path) is the log of another key than the one to sign with")
    }
    let names = Array(model.utf8) + Array(student.utf8)
    guard names.allSatisfy(CanonicalWriter.isPlain) else {
      throw RefreshError(.badInput, "a model's name must be printable ASCII without quotes and backslashes")
    }
    let descriptor = open(file.path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failed("written") }
    // The lock goes with the descriptor.
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw failed("locked") }
    }
    let content = try content()
    let version = StudentVersion(
      index: content.levels.size, time: UInt64(max(0, min(date.timeIntervalSince1970, 1e15))), model: model,
      student: student, revision: (content.versions.last { $0.model == model }?.revision ?? 0) + 1, head: head)
    try append(version, to: content, on: descriptor, signer: signer)
    return version
  }

  private func append(
    _ version: StudentVersion, to content: Content, on descriptor: Int32, signer: NoteSigner
  ) throws(RefreshError) {
    var tree = content.levels.tree
    let line = version.canonicalBytes
    tree.append(line)
    let seal: LogSeal
    do throws(NoteError) {
      seal = try LogSeal(tree, signer: signer)
    } catch {
      throw RefreshError(.notPermitted, "the model log could not be signed: \(error)")
    }
    guard ftruncate(descriptor, off_t(content.end)) == 0,
      DurableFile.writeAll(line + [0x0A] + seal.line + [0x0A], to: descriptor), fsync(descriptor) == 0,
      content.end > 0 || DurableFile.sync(folder: file.deletingLastPathComponent())
    else {
      let error = failed("written")
      _ = ftruncate(descriptor, off_t(content.end))
      throw error
    }
  }

  // MARK: Reading

  private func content() throws(RefreshError) -> Content {
    var content = Content()
    var pending: [StudentVersion] = []
    var levels = MerkleLevels()
    let bytes = try read()
    var start = 0
    while let stop = bytes[start...].firstIndex(of: 0x0A) {
      let line = bytes[start..<stop]
      start = stop + 1
      if let seal = LogSeal(line: line) {
        guard seal.isSigned(by: key), seal.tree == levels.tree else {
          throw damaged("a checkpoint is not the key's, or not of the entries before it")
        }
        content.versions += pending
        (pending, content.levels, content.checkpoint, content.end) = ([], levels, seal.note, start)
      } else {
        guard let version = StudentVersion(canonicalBytes: line), version.index == levels.size else {
          // A line that was never signed may be anything.
          guard !isSealed(bytes[start...]) else { throw damaged("entry \(levels.size) cannot be read") }
          return content
        }
        levels.append(leafHash: MerkleHash(leaf: Array(line)))
        pending.append(version)
      }
    }
    return content
  }

  /// Whether any line of these was signed for.
  private func isSealed(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.split(separator: 0x0A).contains { LogSeal(line: $0) != nil }
  }

  private func read() throws(RefreshError) -> [UInt8] {
    guard FileManager.default.fileExists(atPath: file.path) else { return [] }
    guard let handle = try? FileHandle(forReadingFrom: file) else { throw failed("read") }
    defer { try? handle.close() }
    guard let data = try? handle.read(upToCount: Self.mostBytes + 1) else { return [] }
    guard data.count <= Self.mostBytes else { throw damaged("it is larger than \(Self.mostBytes) bytes") }
    return [UInt8](data)
  }

  private func damaged(_ reason: String) -> RefreshError {
    RefreshError(.badInput, "\(file.path) is damaged, \(reason): restore it from a backup")
  }

  private func failed(_ what: String) -> RefreshError {
    RefreshError(.inputOutput, "\(file.path) cannot be \(what): \(String(cString: strerror(errno)))")
  }
}
