internal import NIOCore
internal import TacetTransport

/// Gives up the requests of a link whose time is over, all of them by one timer. Confined to its event loop.
///
/// The timer is set for the earliest end that was ever asked for; when it fires, what is over is given up, and it is set for the next. A
/// request that is answered costs it no more than being forgotten.
final class LinkExpiry {
  private struct Entry {
    let request: LinkRequest
    let end: NIODeadline
    let timeout: Duration
  }

  private let address: Endpoint
  private let loop: any EventLoop
  private var entries: [UInt64: Entry] = [:]
  private var timer: (task: Scheduled<Void>, end: NIODeadline)?

  init(address: Endpoint, loop: any EventLoop) {
    self.address = address
    self.loop = loop
  }

  /// - Parameter timeout: from now.
  func add(_ request: LinkRequest, timeout: Duration) {
    let end = NIODeadline.now() + TimeAmount(timeout)
    entries[request.cell.id] = Entry(request: request, end: end, timeout: timeout)
    if timer.map({ end < $0.end }) ?? true { set(end) }
  }

  /// Forgets a request that has ended.
  func remove(_ request: LinkRequest) {
    entries[request.cell.id] = nil
  }

  /// Lets go of the timer; to be called once all requests have ended.
  func stop() {
    timer?.task.cancel()
    timer = nil
  }

  private func set(_ end: NIODeadline) {
    timer?.task.cancel()
    let bound = NIOLoopBound(self, eventLoop: loop)
    timer = (loop.scheduleTask(deadline: end) { bound.value.expire() }, end)
  }

  private func expire() {
    timer = nil
    let now = NIODeadline.now()
    for entry in entries.values.filter({ $0.end <= now }) {
      remove(entry.request)
      entry.request.fail(.timedOut(address, entry.timeout))
    }
    if let next = entries.values.map(\.end).min() { set(next) }
  }
}
