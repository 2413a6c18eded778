package import Foundation

/// A small file that is replaced whole and durably: after a crash it has the old content or the new one.
package enum DurableFile {
  /// Why it was not.
  package struct Failure: Error, Hashable, Sendable {
    /// The file.
    package let path: String
    /// What the system says.
    package let reason: String
  }

  /// Replaces `file`, or makes it, readable for its owner alone (0600). It and its name are on the disk when this returns.
  package static func replace(_ file: URL, with data: Data) throws(Failure) {
    let temporary = file.path + ".\(getpid()).\(UInt32.random(in: 0 ... .max))"
    let descriptor = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(file) }
    defer { unlink(temporary) }
    let isSynced = writeAll(data, to: descriptor) && fsync(descriptor) == 0
    let failure = failure(file)
    close(descriptor)
    guard isSynced else { throw failure }
    guard rename(temporary, file.path) == 0, sync(folder: file.deletingLastPathComponent()) else {
      throw Self.failure(file)
    }
  }

  /// Writes all bytes; whether that was possible.
  package static func writeAll(_ bytes: some ContiguousBytes, to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
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
