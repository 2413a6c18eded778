import Dispatch
import Synchronization

/// Work that costs as much for many as for one: what is handed in while a group is worked on waits, and is the next group.
final class GroupQueue<Job: Sendable>: Sendable {
  /// The most jobs of a group.
  private static var most: Int { 4096 }

  private struct Waiting {
    var jobs: [Job] = []
    var isBusy = false
  }

  private let waiting = Mutex(Waiting())
  private let queue = DispatchQueue(label: "tacet.registration")

  /// Hands in a job; `work` is called with it, and those beside it, on a thread that may be blocked.
  func submit(_ job: Job, work: @escaping @Sendable ([Job]) -> Void) {
    let isFirst = waiting.withLock { waiting in
      waiting.jobs.append(job)
      defer { waiting.isBusy = true }
      return !waiting.isBusy
    }
    guard isFirst else { return }
    queue.async {
      while let group = self.next() { work(group) }
    }
  }

  private func next() -> [Job]? {
    waiting.withLock { waiting in
      guard !waiting.jobs.isEmpty else {
        waiting.isBusy = false
        return nil
      }
      let group = Array(waiting.jobs.prefix(Self.most))
      waiting.jobs.removeFirst(group.count)
      return group
    }
  }
}
