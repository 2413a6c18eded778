public import Foundation
public import TacetPrivacy

/// Writes a ledger as ``ExportedLedger`` reads it: what an auditor can take away and verify without the database.
public struct LedgerExport: Sendable {
  private let ledger: any LedgerSource

  /// Of a ledger file, opened for reading only.
  /// - Throws: `LedgerError` when it is missing or no ledger.
  public init(of file: URL) throws(LedgerError) {
    ledger = try LedgerFile(file: file)
  }

  /// Of a ledger, wherever it is kept.
  package init(of ledger: any LedgerSource) {
    self.ledger = ledger
  }

  /// Writes one consistent snapshot, readable by its owner alone: to a neighbour of `target` first, which takes its place once it is whole and synced.
  /// - Returns: how many entries were written.
  /// - Throws: `LedgerError.unwritableExport` when `target` exists or cannot be written; what reading the ledger throws.
  public func write(to target: URL) throws(LedgerError) -> UInt64 {
    let temporary = target.path + ".\(getpid()).\(UInt32.random(in: 0 ... .max))"
    let descriptor = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure(target) }
    defer { unlink(temporary) }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let count = try ledger.examine { try Self.write($0, to: handle, target) }
    // A link, and no rename, so that nothing that exists is replaced.
    guard fsync(descriptor) == 0, link(temporary, target.path) == 0, Self.sync(target.deletingLastPathComponent())
    else {
      throw Self.failure(target)
    }
    return count
  }

  private static func write(
    _ ledger: any LedgerReading, to handle: FileHandle, _ target: URL
  ) throws(LedgerError) -> UInt64 {
    var count: UInt64 = 0
    var failed = false
    func put(_ bytes: [UInt8]) {
      guard !failed else { return }
      do {
        try handle.write(contentsOf: bytes)
      } catch {
        failed = true
      }
    }
    put(Array(try ledger.checkpointNote().utf8) + [0x0A])
    try ledger.forEachBundle { _, leaves in
      put(leaves + [0x0A])
      count += UInt64(LeafBundle.count(of: leaves))
    }
    guard !failed else { throw failure(target) }
    return count
  }

  /// Makes the names in a folder durable.
  private static func sync(_ folder: URL) -> Bool {
    let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return fsync(descriptor) == 0
  }

  private static func failure(_ target: URL) -> LedgerError {
    .unwritableExport(path: target.path, reason: String(cString: strerror(errno)))
  }
}
