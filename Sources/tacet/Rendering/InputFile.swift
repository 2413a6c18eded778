import Foundation
import TacetLog

/// Files that are read whole.
enum InputFile {
  /// The content, at most `limit` bytes and one of it.
  static func read(_ path: String, limit: Int) throws -> Data {
    let handle = FileHandle(forReadingAtPath: path)
    defer { try? handle?.close() }
    // Nil stands for a file without a byte.
    guard let handle, let data = try? handle.read(upToCount: limit + 1) ?? Data() else {
      throw LedgerFailure.missing("\(path) does not exist or cannot be read")
    }
    return data
  }

  /// The same as text.
  static func text(_ path: String, limit: Int = 1 << 20) throws -> String {
    String(decoding: try read(path, limit: limit), as: UTF8.self)
  }

  /// A signed note.
  static func note(_ path: String) throws -> SignedNote {
    let text = try text(path)
    return try parsed(path) { () throws(NoteError) in try SignedNote(text) }
  }

  /// The public half of a note key, on a line of its own.
  static func noteKey(_ path: String) throws -> NoteVerifier {
    let text = try text(path).trimmingCharacters(in: .newlines)
    return try parsed(path) { () throws(NoteError) in try NoteVerifier(text) }
  }

  private static func parsed<Value>(
    _ path: String, _ body: () throws(NoteError) -> Value
  ) throws(LedgerFailure) -> Value {
    do {
      return try body()
    } catch {
      throw .malformed("\(path): \(error)")
    }
  }
}
