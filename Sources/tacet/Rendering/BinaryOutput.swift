import Foundation

/// Standard output for numbers in bulk.
struct BinaryOutput {
  /// The reader has had enough and closed its end: not an error, but nothing more need be written.
  private(set) var isClosed = false

  /// From here on a closed pipe is an error value rather than a signal that ends the process.
  init() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// Writes the memory of `elements`, all of it unless the reader closes its end.
  mutating func write(_ elements: [some BitwiseCopyable]) throws {
    try elements.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count && !isClosed {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        let written = Foundation.write(STDOUT_FILENO, rest.baseAddress, rest.count)
        if written >= 0 {
          start += written
        } else if errno == EPIPE {
          isClosed = true
        } else if errno != EINTR {
          throw LedgerFailure(
            exitStatus: .inputOutput, description: "standard output: \(String(cString: strerror(errno)))")
        }
      }
    }
  }
}
