internal import Foundation
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import TacetIdentity
internal import TacetTransport
internal import TacetWire

/// One connection of a ``LinkClient``: the handshake, then frames out and answers in, matched by the id inside.
final class LinkClientHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Succeeds when the handshake is complete and the peer is the one expected; fails when the connection ends before.
  let established: EventLoopFuture<NIOLoopBound<LinkClientHandler>>
  /// Succeeds when the connection has ended, for whatever reason.
  let closed: EventLoopFuture<Void>
  /// Whether an answer has come in on this connection.
  private(set) var wasAnswered = false

  private let plan: LinkPlan
  private let tap: WireTap
  private let outcome: HandshakeOutcome
  private let establishedPromise: EventLoopPromise<NIOLoopBound<LinkClientHandler>>
  private let closedPromise: EventLoopPromise<Void>
  private var context: ChannelHandlerContext?
  private var slicer: FrameSlicer
  private var pending: [UInt64: LinkRequest] = [:]
  private var lastID: UInt64 = 0
  private var silent = 0
  private var isEstablished = false
  private var timer: Scheduled<Void>?

  init(
    plan: LinkPlan, tap: WireTap, outcome: HandshakeOutcome, loop: any EventLoop
  ) {
    self.plan = plan
    self.tap = tap
    self.outcome = outcome
    establishedPromise = loop.makePromise()
    established = establishedPromise.futureResult
    closedPromise = loop.makePromise()
    closed = closedPromise.futureResult
    slicer = FrameSlicer(frameBytes: plan.codec.bytes)
  }

  // MARK: Connection

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    // Twice the time: once for TCP, once for TLS.
    timer = context.eventLoop.scheduleTask(in: TimeAmount(plan.limits.handshake * 2)) {
      let handler = bound.value
      handler.close(.handshakeFailed(handler.plan.address, reason: "no handshake in time"))
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(.connectionLost(plan.address, reason: "closed"))
    self.context = nil
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    guard negotiated == MeshTLS.link, outcome.peer != nil else {
      return close(.handshakeFailed(plan.address, reason: "the peer does not speak \(MeshTLS.link)"))
    }
    timer?.cancel()
    isEstablished = true
    establishedPromise.succeed(NIOLoopBound(self, eventLoop: context.eventLoop))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    close(failure(error))
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(failure(nil))
    context.fireChannelInactive()
  }

  /// What the end of the connection means: in TLS 1.3 a client learns that its certificate was refused only after it
  /// has completed the handshake, so until the first answer that is the likely reason.
  private func failure(_ error: (any Error)?) -> TransportError {
    if let rejection = outcome.rejection { return .peerRefused(plan.address, rejection) }
    if wasAnswered { return .connectionLost(plan.address, reason: "the peer closed it") }
    return .handshakeFailed(
      plan.address, reason: isEstablished ? "the peer does not accept this node's certificate" : "the peer ended it")
  }

  /// Ends the connection, and with it every exchange that waits on it.
  func close(_ error: TransportError) {
    end(error)
    context?.close(promise: nil)
  }

  private func end(_ error: TransportError) {
    timer?.cancel()
    establishedPromise.fail(error)
    let failed = pending
    pending = [:]
    for request in failed.values { request.promise.fail(error) }
    closedPromise.succeed()
  }

  // MARK: Exchanges

  /// Sends a request; its promise is completed with the answer or with a ``TransportError``.
  func send(_ request: LinkRequest) {
    guard let context, let peer = outcome.peer else {
      return request.promise.fail(TransportError.connectionLost(plan.address, reason: "closed"))
    }
    guard plan.identity.holds(peer) else {
      request.promise.fail(TransportError.peerExpired(plan.address))
      return close(.peerExpired(plan.address))
    }
    guard pending.count < plan.limits.inFlight else {
      return request.promise.fail(TransportError.tooManyInFlight(plan.address, limit: plan.limits.inFlight))
    }
    lastID += 1
    let id = lastID
    var message = request.message
    message.id = id
    do throws(WireError) {
      let frame = try plan.codec.encode(message)
      pending[id] = request
      watch(id, request, context)
      context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: frame)), promise: nil)
      tap.sentFrame()
    } catch {
      request.promise.fail(TransportError.message(error))
    }
  }

  /// Forgets a request that nobody waits for any more, and a connection on which several stayed without an answer.
  private func watch(_ id: UInt64, _ request: LinkRequest, _ context: ChannelHandlerContext) {
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    request.promise.futureResult.whenFailure { _ in
      let handler = bound.value
      guard handler.pending.removeValue(forKey: id) != nil else { return }
      handler.silent += 1
      if handler.silent >= handler.plan.limits.silentExchanges {
        handler.close(.connectionLost(handler.plan.address, reason: "the peer does not answer"))
      }
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    for frame in slicer.append(unwrapInboundIn(data).readableBytesView) {
      receive(frame)
    }
  }

  private func receive(_ frame: [UInt8]) {
    tap.receivedFrame()
    tap.warmUp()
    wasAnswered = true
    silent = 0
    do throws(WireError) {
      var answer = try plan.codec.decode(frame)
      guard answer.kind == .answer else { throw .field("kind", problem: "is a request where an answer belongs") }
      // An answer nobody waits for any more came too late.
      guard let request = pending.removeValue(forKey: answer.id) else { return }
      answer.id = request.message.id
      request.promise.succeed(answer)
    } catch {
      close(.message(error))
    }
  }
}
