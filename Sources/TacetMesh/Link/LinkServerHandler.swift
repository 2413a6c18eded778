internal import Foundation
internal import NIOCore
internal import TacetIdentity
internal import TacetTransport
internal import TacetWire

/// The frames of one accepted link: reads them, has each answered by a task of its own, writes the answers, each with
/// one write and one flush and so in records of its own.
///
/// It stops reading while ``TransportLimits/inFlight`` requests are being answered or the peer does not take answers.
final class LinkServerHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Asks the connection to close when nothing is in flight.
  struct Drain: Sendable {}

  private let identity: MeshIdentity
  private let exchange: Exchange
  private let entrance: Entrance
  private let limits: TransportLimits
  private let tap: WireTap
  private let outcome: HandshakeOutcome

  private var slicer: FrameSlicer
  private var tasks: [UInt64: Task<Void, Never>] = [:]
  private var started: UInt64 = 0
  private var waiting: [[UInt8]] = []
  private var readIsHeldBack = false
  private var isDraining = false
  private var watchdog: LinkWatchdog
  private var timer: RepeatedTask?

  init(
    identity: MeshIdentity, exchange: Exchange, entrance: Entrance, tap: WireTap, outcome: HandshakeOutcome
  ) {
    self.identity = identity
    self.exchange = exchange
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
    switch watchdog.verdict(at: .now(), isReading: !readIsHeldBack, isBusy: !tasks.isEmpty) {
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
    if isDraining, tasks.isEmpty { context.close(promise: nil) }
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isDraining else { return }
    let frames = slicer.append(unwrapInboundIn(data).readableBytesView)
    watchdog.received(frames: frames.count, isWithinFrame: slicer.isWithinFrame, at: .now())
    waiting += frames
    for _ in frames { tap.receivedFrame() }
    startWaiting(context)
  }

  private func startWaiting(_ context: ChannelHandlerContext) {
    while tasks.count < limits.inFlight, !waiting.isEmpty {
      guard let peer = outcome.peer else { return context.close(promise: nil) }
      if let rejection = identity.review(peer) { return entrance.cut(context.channel, outcome, because: rejection) }
      start(waiting.removeFirst(), from: peer, context)
    }
  }

  private func start(_ frame: [UInt8], from peer: PeerIdentity, _ context: ChannelHandlerContext) {
    let number = started
    started += 1
    let loop = context.eventLoop
    let bound = NIOLoopBound((self, context), eventLoop: loop)
    tasks[number] = Task { [exchange] in
      let answer = await exchange.answer(frame, from: peer)
      loop.execute {
        let (handler, context) = bound.value
        handler.finish(number, answer, context)
      }
    }
  }

  private func finish(_ number: UInt64, _ answer: [UInt8]?, _ context: ChannelHandlerContext) {
    // Gone: the connection has closed meanwhile.
    guard tasks.removeValue(forKey: number) != nil else { return }
    guard let answer else { return context.close(promise: nil) }
    context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: answer)), promise: nil)
    tap.sentFrame()
    tap.warmUp()
    startWaiting(context)
    resumeReading(context)
    closeIfDrained(context)
  }

  // MARK: Backpressure

  func read(context: ChannelHandlerContext) {
    if tasks.count < limits.inFlight, waiting.isEmpty, context.channel.isWritable {
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
    guard readIsHeldBack, tasks.count < limits.inFlight, waiting.isEmpty, context.channel.isWritable else { return }
    readIsHeldBack = false
    watchdog.resumed(at: .now())
    context.read()
  }
}
