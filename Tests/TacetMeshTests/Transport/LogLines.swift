import Logging
import Synchronization

/// What was logged: the facts of each line.
struct LogLines: LogHandler {
  final class Kept: Sendable {
    let lines = Mutex<[Logger.Metadata]>([])
  }

  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info
  let kept = Kept()

  var all: [Logger.Metadata] { kept.lines.withLock { $0 } }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(
    level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String, file: String,
    function: String, line: UInt
  ) {
    kept.lines.withLock { $0.append(metadata ?? [:]) }
  }
}
