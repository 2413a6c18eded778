import Foundation

/// What a process has used of its machine.
package struct ProcessUse: Sendable, Hashable {
  /// Processor time of all threads.
  package let processor: Duration
  /// Memory that is present, in bytes; 0 where the system does not say.
  package let memory: Int

  /// Of this process.
  static var current: ProcessUse {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return ProcessUse(
      processor: .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec)), memory: residentBytes())
  }

  init(processor: Duration, memory: Int) {
    self.processor = processor
    self.memory = memory
  }

  /// From the `text` of another process.
  init?(_ text: String) {
    let words = text.split(separator: " ").compactMap { Int64($0) }
    guard words.count == 2 else { return nil }
    self.init(processor: .microseconds(words[0]), memory: Int(words[1]))
  }

  /// Microseconds and bytes.
  var text: String { "\(Int64(processor / .microseconds(1))) \(memory)" }

  private static func residentBytes() -> Int {
    guard let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " "),
      pages.count > 1, let resident = Int(pages[1])
    else { return 0 }
    return resident * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
