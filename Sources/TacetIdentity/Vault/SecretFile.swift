package import Foundation
import TacetLog

#if canImport(Glibc)
  import Glibc
#endif

/// Files with secrets in them: 0600 from their first byte, whole or not at all, and refused when others may read them.
package enum SecretFile {
  /// Reads a file that nobody else may read.
  /// - Throws: ``IdentityError``, which never holds the content.
  package static func read(_ file: URL, limit: Int) throws(IdentityError) -> Data {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)  // A pipe without a writer must not hold us up.
    guard descriptor >= 0 else {
      if errno == ENOENT { throw IdentityError(.missing, "\(file.path) is missing") }
      throw IdentityError(.inputOutput, "\(file.path) cannot be read: \(systemReason())")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw IdentityError(.badInput, "\(file.path) is not a file")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw IdentityError(.notPermitted, "\(file.path) may be read by others: chmod 600 it, and consider it known")
    }
    return try read(handle, file: file, limit: limit)
  }

  /// The first line of a file that nobody else may read; its end (LF, or CR and LF) is not part of it.
  /// - Parameter secret: what it holds.
  /// - Throws: ``IdentityError`` also where the line is empty.
  static func firstLine(of file: URL, holding secret: String) throws(IdentityError) -> Data {
    var line = try read(file, limit: 4096).prefix { $0 != UInt8(ascii: "\n") }
    if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
    guard !line.isEmpty else { throw IdentityError(.badInput, "\(file.path) holds no \(secret) on its first line") }
    return line
  }

  /// What is left of an open file; none of it for one that is longer than it should be.
  /// - Throws: ``IdentityError``.
  static func read(_ handle: FileHandle, file: URL, limit: Int) throws(IdentityError) -> Data {
    let data: Data
    do {
      // Nil stands for a file without a byte.
      data = try handle.read(upToCount: limit + 1) ?? Data()
    } catch {
      throw IdentityError(.inputOutput, "\(file.path) cannot be read")
    }
    guard data.count <= limit else { throw IdentityError(.badInput, "\(file.path) is longer than \(limit) bytes") }
    return data
  }

  /// Writes a file whole and durably.
  /// - Throws: ``IdentityError`` naming the file and the reason.
  package static func write(_ data: some ContiguousBytes, to file: URL, mode: mode_t) throws(IdentityError) {
    do throws(DurableFile.Failure) {
      try DurableFile.write(data, to: file, mode: mode)
    } catch {
      throw IdentityError(.inputOutput, "cannot write \(file.path): \(error.reason); its folder must be writable")
    }
  }

  /// Puts a file in the place of another of its folder, durably.
  /// - Throws: ``IdentityError``.
  static func move(_ file: URL, to place: URL) throws(IdentityError) {
    guard rename(file.path, place.path) == 0 else {
      throw IdentityError(.inputOutput, "cannot write \(place.path): \(systemReason())")
    }
    try sync(folder: place.deletingLastPathComponent())
  }

  /// Waits until nobody else writes to a folder.
  /// - Returns: a descriptor, with which the lock goes when it is closed.
  /// - Throws: ``IdentityError``.
  static func lock(folder: URL) throws(IdentityError) -> Int32 {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw IdentityError(.inputOutput, "cannot open the folder \(folder.path): \(systemReason())")
    }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        let reason = systemReason()
        close(descriptor)
        throw IdentityError(.inputOutput, "cannot lock the folder \(folder.path): \(reason)")
      }
    }
    return descriptor
  }

  /// Makes the names in a folder durable.
  /// - Throws: ``IdentityError``.
  static func sync(folder: URL) throws(IdentityError) {
    guard DurableFile.sync(folder: folder) else {
      throw IdentityError(.inputOutput, "cannot sync the folder \(folder.path): \(systemReason())")
    }
  }

  /// Creates a folder (0700), and those above it, where there is none; refuses one that is open to others.
  /// - Throws: ``IdentityError``.
  static func prepare(folder: URL) throws(IdentityError) {
    var status = stat()
    if stat(folder.path, &status) != 0 {
      let parent = folder.deletingLastPathComponent()
      if errno == ENOENT, parent.path != folder.path, stat(parent.path, &status) != 0 { try prepare(folder: parent) }
      guard mkdir(folder.path, 0o700) == 0 || errno == EEXIST else {
        throw IdentityError(.inputOutput, "cannot create the folder \(folder.path): \(systemReason())")
      }
      // Another process may have been first.
      guard stat(folder.path, &status) == 0 else {
        throw IdentityError(.inputOutput, "cannot create the folder \(folder.path): \(systemReason())")
      }
    }
    try check(folder: folder)
    guard access(folder.path, W_OK | X_OK) == 0 else {
      throw IdentityError(.inputOutput, "the folder \(folder.path) is read-only: make it writable, or name another")
    }
  }

  /// Refuses what is no folder, or is open to others.
  /// - Throws: ``IdentityError``.
  static func check(folder: URL) throws(IdentityError) {
    var status = stat()
    guard stat(folder.path, &status) == 0 else {
      throw IdentityError(.inputOutput, "\(folder.path) cannot be read: \(systemReason())")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw IdentityError(.badInput, "\(folder.path) is not a folder") }
    guard status.st_mode & 0o077 == 0 else {
      throw IdentityError(.notPermitted, "the folder \(folder.path) is open to others: chmod 700 it")
    }
  }

  /// What the system says of the last failure.
  static func systemReason() -> String { String(cString: strerror(errno)) }
}
