package import Foundation
package import TacetPrivacy

/// A ledger as it was exported: the signed checkpoint, an empty line, then the leaves, one a line.
///
/// ```
/// tacet-ledger/…            the checkpoint, a C2SP signed note
/// 3
/// <root in base64>
///
/// — tacet-ledger/… <signature in base64>
///
/// {"delta":"1e-06",…}       entry 0
/// {"cost":…}                entry 1
/// {"cost":…}                entry 2
/// ```
package struct ExportedLedger: LedgerReading {
  /// The longest line in bytes; the longest entry has some 11,000.
  static let longestLine = 1 << 16
  private static let chunk = 1 << 20

  private let file: URL
  private let note: String
  private let firstLeaf: UInt64

  /// Reads the checkpoint; the entries are read when they are asked for.
  /// - Throws: `LedgerError.missing`, `corrupt`, `inputOutput`.
  package init(file: URL) throws(LedgerError) {
    guard FileManager.default.fileExists(atPath: file.path) else { throw .missing(path: file.path) }
    self.file = file
    let head = try Self.reading(file) { try $0.read(upToCount: Self.longestLine) ?? Data() }
    // The note has one empty line in it, before its signatures; the second ends it.
    let gap = Data("\n\n".utf8)
    guard let text = head.range(of: gap), let end = head.range(of: gap, in: text.upperBound..<head.endIndex) else {
      throw .corrupt(path: file.path, reason: "it does not begin with a checkpoint and an empty line")
    }
    note = String(decoding: head[..<(end.lowerBound + 1)], as: UTF8.self)
    firstLeaf = UInt64(end.upperBound)
  }

  /// Whether a file can be an export: SQLite's files begin otherwise.
  static func isExport(_ file: URL) -> Bool {
    let head = try? reading(file) { try $0.read(upToCount: 16) ?? Data() }
    guard let head, head.count == 16 else { return false }
    return head != Data("SQLite format 3\0".utf8) && head.allSatisfy { $0 == 0x0A || $0 >= 0x20 }
  }

  package var index: (any LedgerIndexReading)? { nil }

  package func checkpointNote() throws(LedgerError) -> String { note }

  package func forEachBundle(_ body: (Int64, [UInt8]) -> Void) throws(LedgerError) {
    var (position, rest): (Int64, [UInt8]) = (0, [])
    try Self.reading(file) { handle in
      try handle.seek(toOffset: firstLeaf)
      while let chunk = try handle.read(upToCount: Self.chunk), !chunk.isEmpty {
        var lines = rest + chunk
        guard let end = lines.lastIndex(of: 0x0A) else {
          guard lines.count <= Self.longestLine else { throw longLine(position) }
          rest = lines
          continue
        }
        rest = Array(lines[(end + 1)...])
        guard rest.count <= Self.longestLine else { throw longLine(position) }
        lines.removeSubrange(end...)
        body(position, lines)
        position += Int64(LeafBundle.count(of: lines))
      }
      guard rest.isEmpty else {
        throw LedgerError.corrupt(path: file.path, reason: "it was cut: the last line has no end")
      }
    }
  }

  private func longLine(_ position: Int64) -> LedgerError {
    .corrupt(path: file.path, reason: "a line after entry \(position) is longer than \(Self.longestLine) bytes")
  }

  private static func reading<Value>(_ file: URL, _ body: (FileHandle) throws -> Value) throws(LedgerError) -> Value {
    do {
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      return try body(handle)
    } catch let error as LedgerError {
      throw error
    } catch {
      throw .inputOutput(path: file.path, reason: "it cannot be read")
    }
  }
}
