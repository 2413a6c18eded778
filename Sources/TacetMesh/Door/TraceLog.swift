package import Foundation
internal import Synchronization
package import TacetWire

/// Writes down what the traffic hides: one line of JSON for each reply that left, with the class of its exchange.
///
/// For tests of the wire alone: with it an auditor looks for the classes in a capture. Whoever has the file knows what an onlooker
/// must not.
package final class TraceLog: Sendable {
  /// So much is kept before it is written.
  private static let bufferBytes = 65_536

  private struct State {
    var handle: FileHandle
    var buffer = Data()
    var failure: (any Error)?
  }

  private let file: String

  private let state: Mutex<State>

  /// Makes the file, 0600; one that is there is replaced.
  /// - Throws: ``MeshError`` when it cannot be written.
  package init(file: URL) throws(MeshError) {
    self.file = file.path
    let descriptor = open(file.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .inputOutput("cannot write \(file.path): \(String(cString: strerror(errno)))")
    }
    state = Mutex(State(handle: FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)))
  }

  /// Notes a reply.
  package func record(_ line: ExchangeLabel) {
    guard var text = try? JSONEncoder().encode(line) else { return }
    text.append(UInt8(ascii: "\n"))
    state.withLock {
      $0.buffer.append(text)
      if $0.buffer.count >= Self.bufferBytes { Self.flush(&$0) }
    }
  }

  /// Writes what is kept.
  /// - Throws: ``MeshError`` when not everything that was noted could be written.
  package func flush() throws(MeshError) {
    let failure = state.withLock {
      Self.flush(&$0)
      return $0.failure
    }
    if let failure { throw .inputOutput("\(file) is not complete: \(failure.localizedDescription)") }
  }

  private static func flush(_ state: inout State) {
    do {
      try state.handle.write(contentsOf: state.buffer)
    } catch {
      state.failure = error
    }
    state.buffer.removeAll(keepingCapacity: true)
  }
}
