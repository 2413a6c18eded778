import Foundation

/// Ends when standard input does: a node started with it does not outlive whoever holds the other end of the pipe.
package struct Lifeline: Sendable {
  package init() {}

  /// Returns when standard input has ended, or when the task is cancelled.
  ///
  /// A thread of its own waits for the end; where the task is cancelled first, it goes with the process.
  package func hold() async {
    let ends = AsyncStream<Void> { continuation in
      Thread.detachNewThread {
        var byte: UInt8 = 0
        while read(STDIN_FILENO, &byte, 1) > 0 {}
        continuation.finish()
      }
    }
    for await _ in ends {}
  }
}
