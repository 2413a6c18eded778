import Foundation

/// Lines for people on standard error: `tacet: error: …`, lower case, no full stop; a `hint:` line says what to try.
enum Diagnostics {
  static func error(_ message: String) {
    write("tacet: error: \(message)")
  }

  static func note(_ message: String) {
    write("tacet: \(message)")
  }

  static func hint(_ message: String) {
    write("tacet: hint: \(message)")
  }

  /// Where nobody listens, nothing is said; the exit status is the same.
  private static func write(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
  }
}
