internal import Logging
internal import NIOCore
internal import TacetTransport
internal import TacetWire

/// Keeps one connection open and hands requests to it, and opens the next one before it must end. Confined to its event loop.
///
/// On a paced link the connection in use, and no other, carries the slots; whatever becomes of connections, nothing leaves
/// between two slots.
final class LinkConnector {
  private let plan: LinkPlan
  private let loop: any EventLoop
  private let pacer: LinkPacer?
  private let expiry: LinkExpiry
  private var state = State.idle
  private var waiting: [LinkRequest] = []
  /// Connections that were succeeded and wait for their last answers.
  private var retiring: [ObjectIdentifier: LinkClientHandler] = [:]
  private var pause: TimeAmount
  private var timer: Scheduled<Void>?
  private var reviews: RepeatedTask?
  private var successorNotBefore = NIODeadline.now()
  private var successorPause: TimeAmount

  /// idle (until the first request, or until the timer) → connecting → connected or idle again; closed from any, final.
  private enum State {
    case idle
    case connecting
    case connected(LinkClientHandler, Successor)
    case closed
  }

  /// What is to follow the connection in use: none → connecting → standing → in use; none again when it fails.
  private enum Successor {
    case none
    case connecting
    case standing(LinkClientHandler)
  }

  init(plan: LinkPlan, numbers: LinkNumbers, loop: any EventLoop) {
    self.plan = plan
    self.loop = loop
    expiry = LinkExpiry(address: plan.address, loop: loop)
    pacer = plan.pace.map { pace in
      LinkPacer(
        pace: pace, codec: plan.codec, capacity: plan.limits.inFlight, numbers: numbers, meter: plan.meter, loop: loop,
        now: plan.identity.now)
    }
    pause = TimeAmount(plan.limits.pause)
    successorPause = pause
  }

  /// Begins the slots of a paced link.
  func start() {
    pacer?.start(self)
  }

  func submit(_ cell: LinkCell, for exchange: LinkRequest.Exchange, timeout: Duration) {
    let request = LinkRequest(cell, exchange: exchange)
    expiry.add(request, timeout: timeout)
    exchange.promise.futureResult.whenComplete { [bound = NIOLoopBound((request, expiry), eventLoop: loop)] _ in
      let (request, expiry) = bound.value
      expiry.remove(request)
      request.end()
    }
    if let pacer { return submit(request, to: pacer) }
    switch state {
    case .closed:
      request.fail(.closed(plan.address))
    case .connected(let handler, _):
      handler.send(request)
    case .connecting:
      wait(request)
    case .idle:
      wait(request)
      if timer == nil { connect() }
    }
  }

  /// A link with cover opens at its first slot, whether there is something to say or not.
  private func submit(_ request: LinkRequest, to pacer: LinkPacer) {
    if case .closed = state { return request.fail(.closed(plan.address)) }
    guard pacer.submit(request) else {
      return request.fail(.tooManyInFlight(plan.address, limit: plan.limits.inFlight))
    }
    if plan.pace?.isCovered == false { wake() }
  }

  func close() {
    timer?.cancel()
    timer = nil
    reviews?.cancel()
    reviews = nil
    pacer?.stop(.closed(plan.address))
    let open = connections
    state = .closed
    for handler in open { handler.close(.closed(plan.address)) }
    failWaiting(.closed(plan.address))
    expiry.stop()
  }

  private func wait(_ request: LinkRequest) {
    guard waiting.count < plan.limits.inFlight else {
      return request.fail(.tooManyInFlight(plan.address, limit: plan.limits.inFlight))
    }
    waiting.append(request)
  }

  private func failWaiting(_ error: TransportError) {
    let failed = waiting
    waiting = []
    for request in failed { request.fail(error) }
    pacer?.failWaiting(error)
  }

  /// All that are established.
  private var connections: [LinkClientHandler] {
    var handlers = Array(retiring.values)
    if case .connected(let current, let successor) = state {
      handlers.append(current)
      if case .standing(let next) = successor { handlers.append(next) }
    }
    return handlers
  }

  // MARK: Connecting

  private func connect() {
    state = .connecting
    open()
  }

  private func open() {
    startReviews()
    let bound = NIOLoopBound(self, eventLoop: loop)
    plan.connect(on: loop).whenComplete { result in
      switch result {
      case .success(let handler): bound.value.connected(handler.value)
      case .failure(let error): bound.value.failed(error)
      }
    }
  }

  private func connected(_ handler: LinkClientHandler) {
    switch state {
    case .connecting:
      state = .connected(handler, .none)
    case .connected(let current, .connecting):
      state = .connected(current, .standing(handler))
    default:
      return handler.close(.closed(plan.address))
    }
    let bound = NIOLoopBound((self, handler), eventLoop: loop)
    handler.closed.whenComplete { _ in
      let (connector, handler) = bound.value
      connector.lost(handler)
    }
    guard case .connected(let current, _) = state, current === handler else { return onProbation(handler) }
    let ready = waiting
    waiting = []
    for request in ready { handler.send(request) }
  }

  /// A connection that was established has ended.
  private func lost(_ handler: LinkClientHandler) {
    if retiring.removeValue(forKey: ObjectIdentifier(handler)) != nil { return }
    guard case .connected(let current, let successor) = state else { return }
    // An answer shows that both sides accept each other; only then the pauses start again from the shortest.
    if handler.wasAnswered { pause = TimeAmount(plan.limits.pause) }
    plan.logger?.info("link lost", metadata: ["address": "\(plan.address)"])
    guard current === handler else {
      state = .connected(current, .none)
      return postponeSuccessor()
    }
    switch successor {
    case .standing(let next):
      state = .connected(next, .none)
    case .connecting:
      state = .connecting
    case .none:
      state = .idle
      connectLater()
    }
  }

  /// A connection could not be established.
  private func failed(_ error: any Error) {
    let error =
      error as? TransportError ?? .handshakeFailed(plan.address, reason: "the TLS library does not start it")
    plan.logger?.notice("link not established", metadata: ["address": "\(plan.address)", "reason": "\(error)"])
    switch state {
    case .connecting:
      state = .idle
      failWaiting(error)
      connectLater()
    case .connected(let current, .connecting):
      state = .connected(current, .none)
      postponeSuccessor()
    default:
      break
    }
  }

  private func connectLater() {
    let bound = NIOLoopBound(self, eventLoop: loop)
    timer = loop.scheduleTask(in: pause) {
      bound.value.timer = nil
      if case .idle = bound.value.state { bound.value.connect() }
    }
    pause = min(pause + pause, TimeAmount(plan.limits.longestPause))
  }

  // MARK: Reviews and successors

  private func startReviews() {
    guard reviews == nil else { return }
    let bound = NIOLoopBound(self, eventLoop: loop)
    let pause = TimeAmount(min(plan.limits.review, TransportLimits.longestReview))
    reviews = loop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in bound.value.review() }
  }

  private func review() {
    for handler in connections { _ = handler.review() }
    guard case .connected(let current, .none) = state, current.isDue, successorNotBefore <= .now() else { return }
    state = .connected(current, .connecting)
    open()
  }

  /// A successor takes over when it has stood for a moment.
  private func onProbation(_ handler: LinkClientHandler) {
    let bound = NIOLoopBound((self, handler), eventLoop: loop)
    loop.scheduleTask(in: TimeAmount(plan.limits.probation)) {
      let (connector, handler) = bound.value
      connector.takeOver(handler)
    }
  }

  private func takeOver(_ handler: LinkClientHandler) {
    guard case .connected(let current, .standing(let next)) = state, next === handler else { return }
    successorPause = TimeAmount(plan.limits.pause)
    state = .connected(next, .none)
    retiring[ObjectIdentifier(current)] = current
    current.retire()
  }

  private func postponeSuccessor() {
    successorNotBefore = .now() + successorPause
    successorPause = min(successorPause + successorPause, TimeAmount(plan.limits.longestPause))
  }
}

// MARK: Slots

extension LinkConnector: PacedLink {
  var carrier: (any SlotCarrier)? {
    if case .connected(let handler, _) = state { handler } else { nil }
  }

  func wake() {
    if case .idle = state, timer == nil { connect() }
  }

  func sweep() {
    for handler in connections { handler.sweep(at: loop.now) }
  }
}
