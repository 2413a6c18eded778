internal import Logging
internal import NIOCore
internal import TacetTransport
internal import TacetWire

/// Keeps one connection open and hands requests to it, and opens the next one before it must end. Confined to its event loop.
final class LinkConnector {
  private let plan: LinkPlan
  private let loop: any EventLoop
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
    case standing(LinkClientHandler, since: NIODeadline)
  }

  init(plan: LinkPlan, loop: any EventLoop) {
    self.plan = plan
    self.loop = loop
    pause = TimeAmount(plan.limits.pause)
    successorPause = pause
  }

  func submit(_ message: Message, timeout: Duration, promise: EventLoopPromise<Message>) {
    let expiry = loop.scheduleTask(in: TimeAmount(timeout)) { [address = plan.address] in
      promise.fail(TransportError.timedOut(address, timeout))
    }
    promise.futureResult.whenComplete { _ in expiry.cancel() }
    let request = LinkRequest(message: message, promise: promise)
    switch state {
    case .closed:
      promise.fail(TransportError.closed(plan.address))
    case .connected(let handler, _):
      handler.send(request)
    case .connecting:
      wait(request)
    case .idle:
      wait(request)
      if timer == nil { connect() }
    }
  }

  func close() {
    timer?.cancel()
    timer = nil
    reviews?.cancel()
    reviews = nil
    let open = connections
    state = .closed
    for handler in open { handler.close(.closed(plan.address)) }
    failWaiting(.closed(plan.address))
  }

  private func wait(_ request: LinkRequest) {
    guard waiting.count < plan.limits.inFlight else {
      return request.promise.fail(TransportError.tooManyInFlight(plan.address, limit: plan.limits.inFlight))
    }
    waiting.append(request)
  }

  private func failWaiting(_ error: TransportError) {
    let failed = waiting
    waiting = []
    for request in failed { request.promise.fail(error) }
  }

  /// All that are established.
  private var connections: [LinkClientHandler] {
    var handlers = Array(retiring.values)
    if case .connected(let current, let successor) = state {
      handlers.append(current)
      if case .standing(let next, _) = successor { handlers.append(next) }
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
      state = .connected(current, .standing(handler, since: .now()))
    default:
      return handler.close(.closed(plan.address))
    }
    let bound = NIOLoopBound((self, handler), eventLoop: loop)
    handler.closed.whenComplete { _ in
      let (connector, handler) = bound.value
      connector.lost(handler)
    }
    guard case .connected(let current, _) = state, current === handler else { return }
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
    case .standing(let next, _):
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
    guard case .connected(let current, let successor) = state else { return }
    switch successor {
    case .none:
      guard current.isDue, successorNotBefore <= .now() else { return }
      state = .connected(current, .connecting)
      open()
    case .connecting:
      break
    case .standing(let next, let since):
      guard .now() - since >= TimeAmount(plan.limits.probation) else { return }
      successorPause = TimeAmount(plan.limits.pause)
      state = .connected(next, .none)
      retiring[ObjectIdentifier(current)] = current
      current.retire()
    }
  }

  private func postponeSuccessor() {
    successorNotBefore = .now() + successorPause
    successorPause = min(successorPause + successorPause, TimeAmount(plan.limits.longestPause))
  }
}

/// A request and where its answer goes.
struct LinkRequest {
  let message: Message
  let promise: EventLoopPromise<Message>
}
