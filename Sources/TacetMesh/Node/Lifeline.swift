@preconcurrency import Dispatch
import Foundation

/// Ends when standard input does: a node started with it does not outlive whoever holds the other end of the pipe.
package struct Lifeline: Sendable {
  package init() {}

  /// Returns when standard input has ended, or when the task is cancelled.
  func hold() async {
    let ends = AsyncStream<Void> { continuation in
      let source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .global())
      source.setEventHandler {
        var byte: UInt8 = 0
        if read(STDIN_FILENO, &byte, 1) <= 0 { continuation.finish() }
      }
      continuation.onTermination = { _ in source.cancel() }
      source.resume()
    }
    for await _ in ends {}
  }
}
