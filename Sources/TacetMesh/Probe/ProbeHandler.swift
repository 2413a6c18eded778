internal import Foundation
internal import NIOCore
internal import NIOTLS
internal import TacetTransport
internal import TacetWire

/// One connection of a probe: frames out, whatever they hold, and the reply to each, one at a time; with the records of both and when
/// they passed.
final class ProbeHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// What was seen of one exchange.
  struct Observation: Sendable {
    /// Records that came since the exchange before was over.
    var early: [Int]
    var request: [Int] = []
    var reply: [Int] = []
    var departure: NIODeadline
    var arrival: NIODeadline?
    /// nil where the connection ended, or time was up, before there was one.
    var frame: [UInt8]?
  }

  /// Succeeds when the handshake is complete and the peer is the one expected.
  let established: EventLoopFuture<Void>

  private let address: Endpoint
  private let outcome: HandshakeOutcome
  private let promise: EventLoopPromise<Void>
  private var slicer: FrameSlicer
  private var context: ChannelHandlerContext?
  private var early: [Int] = []
  private var current: (observation: Observation, promise: EventLoopPromise<Observation>)?

  init(_ address: Endpoint, codec: MessageCodec, outcome: HandshakeOutcome, loop: any EventLoop) {
    self.address = address
    self.outcome = outcome
    promise = loop.makePromise()
    established = promise.futureResult
    slicer = FrameSlicer(frameBytes: codec.bytes)
  }

  // MARK: Connection

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    end()
    self.context = nil
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent {
      guard negotiated == MeshTLS.link, outcome.peer != nil else { return context.close(promise: nil) }
      promise.succeed()
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func end() {
    if let rejection = outcome.rejection {
      promise.fail(TransportError.peerRefused(address, rejection))
    } else {
      promise.fail(TransportError.handshakeFailed(address, reason: "the peer ended it"))
    }
    finish(frame: nil)
  }

  // MARK: Exchanges

  /// Sends a frame now. A second before the first was answered is no exchange.
  func send(_ frame: ByteBuffer, timeout: TimeAmount, promise: EventLoopPromise<Observation>) {
    let observation = Observation(early: early, departure: .now())
    early = []
    guard let context, context.channel.isActive, current == nil else { return promise.succeed(observation) }
    current = (observation, promise)
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let timer = context.eventLoop.scheduleTask(in: timeout) { bound.value.context?.close(promise: nil) }
    promise.futureResult.whenComplete { _ in timer.cancel() }
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
  }

  /// Records have passed the wire, at this moment.
  func observe(isSent: Bool, _ records: [TLSRecordScanner.Record]) {
    let sizes = records.map(\.bytes)
    guard current != nil else {
      if !isSent { early += sizes }
      return
    }
    if isSent {
      current?.observation.request += sizes
      current?.observation.departure = .now()
    } else {
      current?.observation.reply += sizes
      if current?.observation.arrival == nil { current?.observation.arrival = .now() }
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let frame = slicer.append(unwrapInboundIn(data).readableBytesView).last else { return }
    finish(frame: frame)
  }

  private func finish(frame: [UInt8]?) {
    guard var (observation, promise) = current else { return }
    current = nil
    observation.frame = frame
    if observation.arrival == nil { observation.arrival = .now() }
    promise.succeed(observation)
  }
}
