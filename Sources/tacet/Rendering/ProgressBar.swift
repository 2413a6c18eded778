import Foundation
import Synchronization

/// A progress bar on standard error; silent when that is not a terminal.
final class ProgressBar: Sendable {
  private let total: Int
  private let label: String
  private let shown = isatty(STDERR_FILENO) == 1
  private let last = Mutex(-1)
  private static let width = 40

  init(total: Int, label: String) {
    self.total = max(1, total)
    self.label = label
  }

  /// Shows that `done` of the total are done.
  func update(_ done: Int) {
    guard shown else { return }
    let isNew = last.withLock { last in
      defer { last = done }
      return last != done
    }
    guard isNew else { return }
    let filled = min(Self.width, done * Self.width / total)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
    write("\r\(label) \(bar) \(done)/\(total)")
  }

  /// Removes the bar's line.
  func finish() {
    guard shown else { return }
    write("\r\u{1B}[K")
  }

  private func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
