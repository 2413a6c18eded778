internal import Foundation
internal import NIOCore
internal import TacetTransport
internal import TacetWire

/// The connection that carries a slot.
protocol SlotCarrier: AnyObject {
  /// Whether so many cells can leave now, all of them.
  func canCarry(_ count: Int) -> Bool
  /// Sends the cells, each in a record of its own.
  func carry(_ cells: [LinkRequest])
}

/// The link whose slots a ``LinkPacer`` fills.
protocol PacedLink: AnyObject {
  /// The one connection that carries a slot now; nil for none.
  var carrier: (any SlotCarrier)? { get }
  /// A slot was missed for want of a connection.
  func wake()
  /// It is between two slots: the time to look at what was not answered.
  func sweep()
}

/// Lets the cells of a link leave at its slots and at no other time: what waits, and with cover as many as a slot has, always.
///
/// At a slot the same is done for a cell that says something as for one that does not; both were made before. What is
/// left to do (making cells that say nothing, looking for answers that are missing) is done half way to the next slot. A slot
/// that cannot be kept is skipped, and nothing of it is made up. Confined to its event loop.
final class LinkPacer {
  /// A slot that is further off than this part of an interval is skipped,
  private static let patience = 0.25
  /// and one that is further off than this.
  private static let longestPatience = Duration.milliseconds(25)
  /// The wall clock may be set while waiting: it is looked at again after this.
  private static let longestWait = Duration.seconds(10)
  /// For so long before a slot the event loop waits without sleeping.
  private static let longestAwake = Duration.microseconds(300)

  private let pace: LinkPace
  private let codec: MessageCodec
  private let capacity: Int
  private let numbers: LinkNumbers
  private let meter: WireMeter
  private let loop: any EventLoop
  private let now: @Sendable () -> Date
  private weak var link: (any PacedLink)?
  private var queue: [LinkRequest] = []
  private var stock: [LinkRequest] = []
  private var timers: [Scheduled<Void>] = []

  /// - Parameters:
  ///   - capacity: how many requests may wait for a slot.
  ///   - now: the wall clock.
  init(
    pace: LinkPace, codec: MessageCodec, capacity: Int, numbers: LinkNumbers, meter: WireMeter, loop: any EventLoop,
    now: @escaping @Sendable () -> Date
  ) {
    self.pace = pace
    self.codec = codec
    self.capacity = capacity
    self.numbers = numbers
    self.meter = meter
    self.loop = loop
    self.now = now
  }

  /// Begins with the next slot.
  func start(_ link: any PacedLink) {
    self.link = link
    restock()
    wait(for: pace.next(after: now()))
  }

  /// Ends; what waits fails.
  func stop(_ error: TransportError) {
    for timer in timers { timer.cancel() }
    timers = []
    failWaiting(error)
  }

  /// Has a request wait for the next slot that has room.
  /// - Returns: whether there is room to wait.
  func submit(_ request: LinkRequest) -> Bool {
    if queue.count >= capacity { prune() }
    guard queue.count < capacity else { return false }
    queue.append(request)
    return true
  }

  /// Fails what waits.
  func failWaiting(_ error: TransportError) {
    let failed = queue
    queue = []
    for request in failed { request.fail(error) }
  }

  // MARK: Slots

  private func wait(for slot: Int) {
    let delay = pace.date(of: slot).timeIntervalSince(now())
    let bound = NIOLoopBound(self, eventLoop: loop)
    timers.removeAll()
    if delay > Self.longestWait.seconds {
      timers.append(
        loop.scheduleTask(in: TimeAmount(Self.longestWait)) {
          bound.value.wait(for: bound.value.pace.next(after: bound.value.now()))
        })
    } else {
      let awake = min(pace.lead, Self.longestAwake).seconds
      // An event loop that has just done something is there sooner than one that slept: both have done this.
      if pace.lead > .zero {
        timers.append(loop.scheduleTask(in: TimeAmount(.seconds(max(0, delay - pace.lead.seconds)))) {})
      }
      timers.append(loop.scheduleTask(in: TimeAmount(.seconds(max(0, delay - awake)))) { bound.value.keep(slot) })
    }
  }

  /// Has the loop wait without sleeping, in its next turn, for the last moment before a slot.
  private func stayAwake(until date: Date) {
    guard pace.lead > .zero else { return }
    loop.execute { [now] in
      // Should the wall clock be set meanwhile.
      let end = NIODeadline.now() + TimeAmount(Self.longestAwake * 2)
      while now() < date, NIODeadline.now() < end {}
    }
  }

  private func keep(_ slot: Int) {
    let date = pace.date(of: slot)
    let time = now()
    let lateness = time.timeIntervalSince(date) / pace.interval.seconds
    if abs(lateness) <= min(Self.patience, Self.longestPatience / pace.interval) {
      carry(at: date)
    } else {
      miss(1)
    }
    // A clock that was set back begins its slots anew.
    let next = lateness < -1 ? pace.next(after: time) : max(slot + 1, pace.next(after: time))
    miss(max(0, next - slot - 1))
    wait(for: next)
    let bound = NIOLoopBound(self, eventLoop: loop)
    timers.append(loop.scheduleTask(in: TimeAmount(pace.interval / 2)) { bound.value.prepare() })
  }

  private func carry(at date: Date) {
    guard let carrier = link?.carrier, carrier.canCarry(pace.width) else {
      miss(1)
      if mustSend { link?.wake() }
      return
    }
    let cells = take()
    guard !cells.isEmpty else { return }
    // What is written now is flushed in the loop's next turn (`GatheredFlush`): after this wait, and with nothing left to do but that.
    stayAwake(until: date)
    carrier.carry(cells)
    let real = cells.count { !$0.isCover }
    meter.countSlot(real: real, cover: cells.count - real)
  }

  /// The cells of a slot, in the order in which they were submitted.
  private func take() -> [LinkRequest] {
    var cells: [LinkRequest] = []
    var read = 0
    while cells.count < pace.width, read < queue.count {
      if !queue[read].isOver { cells.append(queue[read]) }
      read += 1
    }
    queue.removeFirst(read)
    let missing = pace.isCovered ? pace.width - cells.count : 0
    cells += stock.suffix(missing)
    stock.removeLast(min(missing, stock.count))
    return cells
  }

  private func miss(_ slots: Int) {
    if slots > 0, mustSend { meter.skipSlots(slots) }
  }

  /// A link without cover that has nothing to say misses nothing.
  private var mustSend: Bool { pace.isCovered || queue.contains { !$0.isOver } }

  // MARK: Between slots

  private func prepare() {
    prune()
    restock()
    link?.sweep()
  }

  private func prune() {
    queue.removeAll(where: \.isOver)
  }

  /// A slot's worth of cells that say nothing.
  private func restock() {
    while pace.isCovered, stock.count < pace.width,
      let cell = try? LinkCell(Message(kind: .cover), id: numbers.next(), by: codec)
    {
      stock.append(LinkRequest(cell, exchange: nil))
    }
  }
}
