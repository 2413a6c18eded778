internal import Logging
internal import NIOCore
internal import TacetTransport
internal import TacetWire

/// Keeps one connection open and hands requests to it. Confined to its event loop.
final class LinkConnector {
  private let plan: LinkPlan
  private let loop: any EventLoop
  private var state = State.idle
  private var waiting: [LinkRequest] = []
  private var pause: TimeAmount
  private var timer: Scheduled<Void>?

  /// idle (until the first request, or until the timer) → connecting → connected or idle again; closed from any, final.
  private enum State {
    case idle
    case connecting
    case connected(LinkClientHandler)
    case closed
  }

  init(plan: LinkPlan, loop: any EventLoop) {
    self.plan = plan
    self.loop = loop
    pause = TimeAmount(plan.limits.pause)
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
    case .connected(let handler):
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
    if case .connected(let handler) = state { handler.close(.closed(plan.address)) }
    state = .closed
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

  private func connect() {
    state = .connecting
    let bound = NIOLoopBound(self, eventLoop: loop)
    plan.connect(on: loop).whenComplete { result in
      switch result {
      case .success(let handler): bound.value.connected(handler.value)
      case .failure(let error): bound.value.failed(error)
      }
    }
  }

  private func connected(_ handler: LinkClientHandler) {
    guard case .connecting = state else { return handler.close(.closed(plan.address)) }
    state = .connected(handler)
    let bound = NIOLoopBound(self, eventLoop: loop)
    handler.closed.whenComplete { _ in bound.value.lost(handler: bound.value.current) }
    let ready = waiting
    waiting = []
    for request in ready { handler.send(request) }
  }

  private var current: LinkClientHandler? {
    if case .connected(let handler) = state { handler } else { nil }
  }

  /// A connection that was established has ended.
  private func lost(handler: LinkClientHandler?) {
    guard let handler else { return }
    // An answer shows that both sides accept each other; only then the pauses start again from the shortest.
    if handler.wasAnswered { pause = TimeAmount(plan.limits.pause) }
    plan.logger?.info("link lost", metadata: ["address": "\(plan.address)"])
    state = .idle
    connectLater()
  }

  /// A connection could not be established.
  private func failed(_ error: any Error) {
    guard case .connecting = state else { return }
    let error =
      error as? TransportError ?? .handshakeFailed(plan.address, reason: "the TLS library does not start it")
    plan.logger?.notice("link not established", metadata: ["address": "\(plan.address)", "reason": "\(error)"])
    state = .idle
    failWaiting(error)
    connectLater()
  }

  private func connectLater() {
    let bound = NIOLoopBound(self, eventLoop: loop)
    timer = loop.scheduleTask(in: pause) {
      bound.value.timer = nil
      if case .idle = bound.value.state { bound.value.connect() }
    }
    pause = min(pause + pause, TimeAmount(plan.limits.longestPause))
  }
}

/// A request and where its answer goes.
struct LinkRequest {
  let message: Message
  let promise: EventLoopPromise<Message>
}
