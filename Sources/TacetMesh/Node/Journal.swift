package import Foundation

/// What a node did, as JSON Lines in its state folder: written by one node, read by its operator.
///
/// A journal never leaves the node by itself. A site's journal holds forecasts, which stay in that site's trust domain.
package actor Journal {
  private let handle: FileHandle
  private let encoder: JSONEncoder

  /// Opens the journal of the node whose state folder is `folder`, for appending; the file is 0600, and one node's at
  /// a time.
  /// - Throws: ``MeshError`` when the folder cannot be written.
  package init(in folder: URL) throws(MeshError) {
    let file = Self.file(in: folder)
    let descriptor = open(file.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .inputOutput("cannot write \(file.path): \(String(cString: strerror(errno)))")
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw .unavailable("another node runs on the state folder \(folder.path): stop it, or name another folder")
    }
    encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// The journal's file in a node's state folder.
  package static func file(in folder: URL) -> URL {
    folder.appendingPathComponent("journal.jsonl")
  }

  /// Appends one record.
  package func append(_ record: JournalRecord) throws {
    var line = try encoder.encode(record)
    line.append(UInt8(ascii: "\n"))
    try handle.write(contentsOf: line)
  }

  /// Reads a journal; a last line that was cut off by a crash is left out.
  /// - Throws: ``MeshError`` when there is no journal, or a line that is not a record.
  package static func read(from folder: URL) throws(MeshError) -> [JournalRecord] {
    let file = file(in: folder)
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw .missingInput("no journal at \(file.path)")
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let complete = text[..<(text.lastIndex(of: "\n") ?? text.startIndex)]
    var records: [JournalRecord] = []
    for (number, line) in complete.split(separator: "\n").enumerated() {
      guard let record = try? decoder.decode(JournalRecord.self, from: Data(line.utf8)) else {
        throw .badInput("\(file.path), line \(number + 1): not a journal record")
      }
      records.append(record)
    }
    return records
  }
}
