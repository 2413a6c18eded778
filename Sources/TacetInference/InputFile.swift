import Foundation

/// Reading a whole file that somebody else may have written.
enum InputFile {
  /// The bytes of a file.
  /// - Throws: ``InferenceError``: missing when it cannot be read, malformed when it is longer than `limit`.
  static func read(_ file: URL, atMost limit: Int) throws(InferenceError) -> Data {
    let bytes: Data
    do {
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      bytes = try handle.read(upToCount: limit + 1) ?? Data()
    } catch {
      let exists = FileManager.default.fileExists(atPath: file.path)
      throw InferenceError(
        .missing, "\(file.path): \(exists ? "cannot be read: check its permissions" : "there is no such file")")
    }
    guard bytes.count <= limit else {
      throw InferenceError(.malformed, "\(file.path) is longer than \(limit) bytes")
    }
    return bytes
  }
}
