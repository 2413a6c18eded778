internal import Foundation
internal import NIOCore
internal import TacetIdentity
internal import TacetTransport
internal import TacetWire

/// The frames of one accepted link: reads them, has each answered by a task of its own, and writes the replies, each with
/// one write and one flush and so in records of its own.
///
/// When a reply leaves is set at its request's arrival and kept by the event loop's clock; the task that makes the answer only
/// changes what is in it. It stops reading while ``TransportLimits/inFlight`` replies have not left or the peer does not take
/// them. The number of tasks is held to the same limit: beyond it, answers being late, a request is not begun.
final class LinkServerHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Asks the connection to close when nothing is in flight.
  struct Drain: Sendable {}

  private let identity: MeshIdentity
  private let exchange: Exchange
  private let departures: Departures
  private let entrance: Entrance
  private let limits: TransportLimits
  private let tap: WireTap
  private let outcome: HandshakeOutcome

  private var slicer: FrameSlicer
  private var board = ReplyBoard()
  private var tasks: [UInt64: Task<Void, Never>] = [:]
  private var started: UInt64 = 0
  private var replies = 0
  private var waiting: [Arrival] = []
  private var readIsHeldBack = false
  private var standing = PeerStanding()
  private var isDraining = false
  private var watchdog: LinkWatchdog
  private var timer: RepeatedTask?
  /// Where answers are made: on a paced door never on the loop, which keeps the time.
  private var executor: LoopExecutor?

  /// A frame, and when its last byte was read.
  private struct Arrival {
    let frame: [UInt8]
    let moment: NIODeadline
  }

  init(
    identity: MeshIdentity, exchange: Exchange, departures: Departures, entrance: Entrance, tap: WireTap,
    outcome: HandshakeOutcome
  ) {
    self.identity = identity
    self.exchange = exchange
    self.departures = departures
    self.entrance = entrance
    limits = entrance.limits
    self.tap = tap
    self.outcome = outcome
    slicer = FrameSlicer(frameBytes: exchange.codec.bytes)
    watchdog = LinkWatchdog(limits: entrance.limits, start: .now())
  }

  // MARK: Connection

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    if departures.timing == .atOnce { executor = LoopExecutor(context.eventLoop) }
    let pause = TimeAmount(min(limits.frame, limits.idle) / 4)
    timer = context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in
      let (handler, context) = bound.value
      handler.watch(context)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    for task in tasks.values { task.cancel() }
    tasks.removeAll()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is Drain {
      isDraining = true
      closeIfDrained(context)
    } else if event is Entrance.Cut {
      stop()
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func watch(_ context: ChannelHandlerContext) {
    switch watchdog.verdict(at: .now(), isReading: !readIsHeldBack, isBusy: board.count > 0) {
    case .fine: break
    case .stalledFrame:
      let detail = "a frame took longer than \(limits.frame)"
      entrance.refusals.record(.frameTimeout, detail: detail, peer: context.remoteAddress)
      stop()
      context.close(promise: nil)
    case .idle: context.close(promise: nil)
    }
  }

  /// Starts nothing more; what is being answered goes with the connection.
  private func stop() {
    waiting.removeAll()
    isDraining = true
  }

  private func closeIfDrained(_ context: ChannelHandlerContext) {
    if isDraining, board.count == 0 { context.close(promise: nil) }
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isDraining else { return }
    let frames = slicer.append(unwrapInboundIn(data).readableBytesView)
    let now = NIODeadline.now()
    watchdog.received(frames: frames.count, isWithinFrame: slicer.isWithinFrame, at: now)
    waiting += frames.map { Arrival(frame: $0, moment: now) }
    for _ in frames { tap.receivedFrame() }
    startWaiting(context)
  }

  private func startWaiting(_ context: ChannelHandlerContext) {
    while board.count < limits.inFlight, !waiting.isEmpty {
      guard let peer = outcome.peer else { return context.close(promise: nil) }
      if let rejection = standing.review(peer, by: identity) {
        return entrance.cut(context.channel, outcome, because: rejection)
      }
      start(waiting.removeFirst(), from: peer, context)
    }
  }

  private func start(_ arrival: Arrival, from peer: PeerIdentity, _ context: ChannelHandlerContext) {
    let number = started
    started += 1
    let request = exchange.open(arrival.frame)
    board.open(number, substitute: departures.timing == .atOnce ? nil : exchange.substitute(.late, for: request))
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    if let delay = departures.delay() {
      context.eventLoop.scheduleTask(deadline: arrival.moment + TimeAmount(delay)) {
        let (handler, context) = bound.value
        handler.leave(number, context)
      }
    }
    guard tasks.count < limits.inFlight else {
      return complete(number, with: exchange.substitute(.unavailable, for: request), context)
    }
    let loop = context.eventLoop
    tasks[number] = Task(executorPreference: executor) { [exchange] in
      let answer = await exchange.answer(request, from: peer)
      loop.execute {
        let (handler, context) = bound.value
        // Gone: the connection has closed meanwhile.
        guard handler.tasks.removeValue(forKey: number) != nil else { return }
        handler.complete(number, with: answer ?? exchange.substitute(.failed, for: request), context)
      }
    }
  }

  private func complete(_ number: UInt64, with cell: Cell?, _ context: ChannelHandlerContext) {
    board.complete(number, with: cell)
    if departures.timing == .atOnce { leave(number, context) }
  }

  /// The moment of a reply: something leaves, whatever has become of its answer.
  private func leave(_ number: UInt64, _ context: ChannelHandlerContext) {
    guard context.channel.isActive, let (cell, isMissed) = board.leave(number) else { return }
    context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: cell.bytes)), promise: nil)
    tap.sentFrame()
    tap.warmUp()
    departures.deadlines.record(isMissed: isMissed)
    trace(cell, number, context)
    startWaiting(context)
    resumeReading(context)
    closeIfDrained(context)
  }

  private func trace(_ cell: Cell, _ number: UInt64, _ context: ChannelHandlerContext) {
    defer { replies += 1 }
    guard let log = departures.trace, let client = Endpoint(context.remoteAddress),
      let server = Endpoint(context.localAddress)
    else { return }
    log.record(
      ExchangeLabel(
        client: "\(client)", server: "\(server)", door: "link", request: Int(number), reply: replies, class: cell.trace)
    )
  }

  // MARK: Backpressure

  func read(context: ChannelHandlerContext) {
    if board.count < limits.inFlight, waiting.isEmpty, context.channel.isWritable {
      context.read()
    } else {
      readIsHeldBack = true
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    resumeReading(context)
    context.fireChannelWritabilityChanged()
  }

  private func resumeReading(_ context: ChannelHandlerContext) {
    guard readIsHeldBack, board.count < limits.inFlight, waiting.isEmpty, context.channel.isWritable else { return }
    readIsHeldBack = false
    watchdog.resumed(at: .now())
    context.read()
  }
}
