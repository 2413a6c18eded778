internal import NIOCore

/// Runs tasks on an event loop: what they ask of it, and what it tells them, then needs no change of threads.
///
/// For tasks that never take long: all of the loop's connections wait meanwhile.
final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
