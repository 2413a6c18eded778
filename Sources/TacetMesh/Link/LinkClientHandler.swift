internal import Foundation
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import TacetIdentity
internal import TacetTransport
internal import TacetWire

/// One connection of a ``LinkClient``: the handshake, then frames out and answers in, matched by the id inside.
///
/// A connection on which several requests in a row stayed without any answer, or on a paced link several slots, is given up. On a
/// paced link that is looked for between slots, and a cell that says nothing counts as much as another.
final class LinkClientHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Succeeds when the handshake is complete and the peer is the one expected; fails when the connection ends before.
  let established: EventLoopFuture<NIOLoopBound<LinkClientHandler>>
  /// Succeeds when the connection has ended, for whatever reason.
  let closed: EventLoopFuture<Void>
  /// Whether an answer has come in on this connection.
  private(set) var wasAnswered = false

  /// Which of this node's certificates it was opened with.
  private let version: Int
  private let plan: LinkPlan
  private let tap: WireTap
  private let outcome: HandshakeOutcome
  private let establishedPromise: EventLoopPromise<NIOLoopBound<LinkClientHandler>>
  private let closedPromise: EventLoopPromise<Void>
  private var context: ChannelHandlerContext?
  private var slicer: FrameSlicer
  private var pending: [UInt64: LinkRequest] = [:]
  /// The slots whose answers are not due yet, oldest first.
  private var slots: [Slot] = []
  private var silent = 0
  private var standing = PeerStanding()
  private var isEstablished = false
  private var isRetiring = false
  private var successorDue = Date.distantFuture
  private var timer: Scheduled<Void>?

  /// What left in a slot, and when the peer should have answered.
  private struct Slot {
    let due: NIODeadline
    let cells: [LinkRequest]
  }

  init(
    plan: LinkPlan, tap: WireTap, outcome: HandshakeOutcome, version: Int, loop: any EventLoop
  ) {
    self.version = version
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
    guard negotiated == MeshTLS.link, let peer = outcome.peer else {
      return close(.handshakeFailed(plan.address, reason: "the peer does not speak \(MeshTLS.link)"))
    }
    timer?.cancel()
    isEstablished = true
    plan.news.meet(peer)
    let now = plan.identity.now()
    successorDue = now.addingTimeInterval(peer.notAfter.timeIntervalSince(now) / 2)
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
    if let rejection = outcome.rejection {
      plan.news.refuse(rejection)
      return .peerRefused(plan.address, rejection)
    }
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
    slots = []
    for request in failed.values { request.fail(error) }
    closedPromise.succeed()
  }

  // MARK: Its end

  /// Closes the connection when the peer's certificate has expired or been revoked.
  /// - Returns: why, when it did.
  func review() -> TransportError? {
    guard let rejection = standing.review(outcome.peer, by: plan.identity), let peer = outcome.peer else { return nil }
    plan.news.cut(peer, for: rejection)
    plan.refusals.record(
      RefusalReason(cutting: rejection), detail: "\(peer.id.path): \(rejection)", rule: rejection.rule,
      peer: context?.remoteAddress)
    let error: TransportError =
      if case .expired = rejection { .peerExpired(plan.address) } else { .peerRefused(plan.address, rejection) }
    close(error)
    return error
  }

  /// Whether it is time for a new connection: this node has another certificate, or half of what was left of the peer's is over.
  var isDue: Bool {
    plan.identity.current.version != version || plan.identity.now() >= successorDue
  }

  /// Closes the connection as soon as nothing can wait on it; nothing is sent on it any more.
  func retire() {
    isRetiring = true
    closeIfRetired()
  }

  /// On a paced link when its last slot is over, whatever was said and answered in it: to wait for an answer that is late would show
  /// that there was something to answer.
  private func closeIfRetired() {
    if isRetiring, plan.pace == nil ? pending.isEmpty : slots.isEmpty { close(.closed(plan.address)) }
  }

  // MARK: Exchanges

  /// Sends a request at once; it ends with the answer or with a ``TransportError``.
  func send(_ request: LinkRequest) {
    guard let context else { return request.fail(.connectionLost(plan.address, reason: "closed")) }
    guard !request.isOver else { return }
    if let error = review() { return request.fail(error) }
    guard pending.count < plan.limits.inFlight else {
      return request.fail(.tooManyInFlight(plan.address, limit: plan.limits.inFlight))
    }
    request.whenOver = { [weak self] in self?.giveUp($0) }
    write(request, context)
  }

  private func write(_ request: LinkRequest, _ context: ChannelHandlerContext) {
    pending[request.cell.id] = request
    context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: request.cell.frame)), promise: nil)
    tap.sentFrame()
  }

  /// Forgets a request that nobody waits for any more, and a connection on which several stayed without an answer.
  private func giveUp(_ request: LinkRequest) {
    guard pending.removeValue(forKey: request.cell.id) != nil else { return }
    countSilence()
    closeIfRetired()
  }

  private func countSilence() {
    silent += 1
    if silent >= plan.limits.silentExchanges {
      close(.connectionLost(plan.address, reason: "the peer does not answer"))
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
      let answer = try plan.codec.decode(frame)
      guard answer.kind == .answer else { throw .field("kind", problem: "is a request where an answer belongs") }
      // An answer nobody waits for any more came too late.
      guard let request = pending[answer.id] else { return }
      if request.take(answer, waits: plan.pace?.isCovered ?? false) { pending[answer.id] = nil }
      closeIfRetired()
    } catch {
      close(.message(error))
    }
  }
}

// MARK: Slots

extension LinkClientHandler: SlotCarrier {
  func canCarry(_ count: Int) -> Bool {
    guard let context, context.channel.isActive, context.channel.isWritable,
      pending.count + count <= plan.limits.inFlight
    else { return false }
    return review() == nil
  }

  func carry(_ cells: [LinkRequest]) {
    guard let context, let pace = plan.pace else { return }
    slots.append(Slot(due: context.eventLoop.now + TimeAmount(pace.patience), cells: cells))
    for cell in cells {
      cell.whenOver = { [weak self] in self?.forget($0) }
      write(cell, context)
    }
  }

  /// Looks at the slots whose answers are due: what nobody waits for is forgotten, a slot without any answer is counted.
  func sweep(at now: NIODeadline) {
    while let slot = slots.first, slot.due <= now {
      slots.removeFirst()
      for cell in slot.cells where cell.isCover || cell.isOver { pending[cell.cell.id] = nil }
      if !slot.cells.contains(where: \.isAnswered) { countSilence() }
    }
    closeIfRetired()
  }

  /// Forgets a request that nobody waits for any more, unless its slot is still to be looked at.
  private func forget(_ request: LinkRequest) {
    let isDue = slots.contains { $0.cells.contains { $0 === request } }
    guard request.isLate || !isDue, pending.removeValue(forKey: request.cell.id) != nil else { return }
    closeIfRetired()
  }
}
