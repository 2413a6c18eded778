package import Foundation

/// A small file that is written whole and durably: after a crash it has the old content or the new one.
package enum DurableFile {
  /// Why it was not.
  package struct Failure: Error, Hashable, Sendable {
    /// The file.
    package let path: String
    /// What the system says.
    package let reason: String
  }

  /// How the name of the neighbour ends through which a file is written.
  private static let temporaryEnd = ".tmp"

  /// Writes a file whole: a neighbour, synced, then renamed or linked into its place. It and its name are on the disk when this returns.
  /// - Parameters:
  ///   - mode: who may read it, from its first byte: its owner alone, unless said otherwise.
  ///   - replacing: whether it takes the place of another. Otherwise the first of several processes wins, and the others keep its file.
  /// - Returns: whether it was put in its place.
  /// - Throws: ``Failure``; then what was there is there.
  @discardableResult
  package static func write(
    _ data: some ContiguousBytes, to file: URL, mode: mode_t = 0o600, replacing: Bool = true
  ) throws(Failure) -> Bool {
    let temporary = file.path + ".\(UInt32.random(in: 0 ... .max))" + temporaryEnd
    let descriptor = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw failure(file) }
    defer { unlink(temporary) }
    let isSynced = writeAll(data, to: descriptor) && fsync(descriptor) == 0
    let failure = failure(file)
    close(descriptor)
    guard isSynced else { throw failure }
    let isPlaced = (replacing ? rename(temporary, file.path) : link(temporary, file.path)) == 0
    guard isPlaced || (!replacing && errno == EEXIST) else { throw Self.failure(file) }
    guard sync(folder: file.deletingLastPathComponent()) else { throw Self.failure(file) }
    return isPlaced
  }

  /// Whether a name is that of the neighbour through which a file is written: what a process leaves that is killed.
  package static func isTemporary(_ name: String, of file: String) -> Bool {
    guard name.hasPrefix(file + "."), name.hasSuffix(temporaryEnd) else { return false }
    return UInt32(name.dropFirst(file.utf8.count + 1).dropLast(temporaryEnd.utf8.count)) != nil
  }

  /// Writes all bytes; whether that was possible.
  package static func writeAll(_ bytes: some ContiguousBytes, to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = Foundation.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        written += count
      }
      return true
    }
  }

  /// Makes the names in a folder durable; whether that was possible.
  package static func sync(folder: URL) -> Bool {
    let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return fsync(descriptor) == 0
  }

  /// What the system says of its last failure.
  package static func failure(_ file: URL) -> Failure {
    Failure(path: file.path, reason: String(cString: strerror(errno)))
  }
}
