internal import NIOCore
internal import NIOHTTP1
internal import TacetIdentity
internal import TacetTransport

/// One connection to the authority: reads a request whole, has it answered by a task, writes the answer.
final class AuthorityHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// The longest body that is read, in bytes.
  static let mostBytes = 96 << 10
  /// What of an answer is written at once.
  private static let piece = 64 << 10

  private let routes: AuthorityRoutes
  private let identity: MeshIdentity
  private let outcome: HandshakeOutcome
  private let limits: TransportLimits
  private let needsPeer: Bool
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  private var task: Task<Void, Never>?
  private var timer: Scheduled<Void>?

  init(
    routes: AuthorityRoutes, identity: MeshIdentity, outcome: HandshakeOutcome, limits: TransportLimits, needsPeer: Bool
  ) {
    self.routes = routes
    self.identity = identity
    self.outcome = outcome
    self.limits = limits
    self.needsPeer = needsPeer
  }

  // MARK: Time

  func handlerAdded(context: ChannelHandlerContext) { wait(limits.idle, context) }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    task?.cancel()
  }

  /// Closes the connection unless something happens before.
  private func wait(_ time: Duration, _ context: ChannelHandlerContext) {
    timer?.cancel()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: TimeAmount(time)) { bound.value.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
      // A request takes no longer to come than a frame.
      wait(limits.frame, context)
    case .body(let buffer):
      guard let head else { return }
      guard body.count + buffer.readableBytes <= Self.mostBytes else {
        self.head = nil
        return write(.error(.payloadTooLarge, "at most \(Self.mostBytes) bytes"), to: head, closing: true, context)
      }
      body += buffer.readableBytesView
    case .end:
      guard let head else { return }
      self.head = nil
      timer?.cancel()
      answer(head, context)
    }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let peer = outcome.peer
    // Expiry counts for every request, not only for the connection; revocation too: that the desk sees to.
    if needsPeer, !(peer.map { identity.holds($0) } ?? false) {
      return write(.error(.forbidden, "the certificate holds no longer"), to: head, closing: true, context)
    }
    let request = HTTPRequest(
      method: head.method, path: String(head.uri.prefix { $0 != "?" }), body: body,
      known: head.headers[canonicalForm: "if-none-match"].map(String.init))
    body = []
    let caller = AuthorityRoutes.Caller(
      peer: needsPeer ? peer : nil, address: context.remoteAddress?.ipAddress ?? "unknown")
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    task = Task { [routes] in
      let answer = await routes.answer(request, from: caller)
      let isKnown = answer.tag.map { request.known.contains($0) } ?? false
      loop.execute {
        let (handler, context) = bound.value
        handler.task = nil
        handler.write(answer, to: head, isKnown: isKnown, closing: !head.isKeepAlive, context)
      }
    }
  }

  /// Writes an answer. The next request is taken up only when it has left: who does not read is not answered any more.
  private func write(
    _ answer: HTTPAnswer, to head: HTTPRequestHead, isKnown: Bool = false, closing: Bool,
    _ context: ChannelHandlerContext
  ) {
    guard context.channel.isActive else { return }
    let body = isKnown || head.method == .HEAD ? [] : answer.body
    let response = response(answer, to: head, isKnown: isKnown, closing: closing)
    guard !body.isEmpty else {
      return write(.head(response), context) { $0.end(closing: closing, $1) }
    }
    context.write(wrapOutboundOut(.head(response)), promise: nil)
    write(body[...], closing: closing, context)
  }

  /// Writes a body piece by piece, as the peer takes it: a list of megabytes, which all who ask share, is not copied for each of those
  /// who are slow.
  private func write(_ body: ArraySlice<UInt8>, closing: Bool, _ context: ChannelHandlerContext) {
    let rest = body.dropFirst(Self.piece)
    let piece = context.channel.allocator.buffer(bytes: body.prefix(Self.piece))
    write(.body(.byteBuffer(piece)), context) { handler, context in
      if rest.isEmpty {
        handler.end(closing: closing, context)
      } else {
        handler.write(rest, closing: closing, context)
      }
    }
  }

  /// Writes a part, and goes on when it has left.
  private func write(
    _ part: HTTPServerResponsePart, _ context: ChannelHandlerContext,
    then next: @escaping @Sendable (AuthorityHandler, ChannelHandlerContext) -> Void
  ) {
    wait(limits.idle, context)
    let left = context.eventLoop.makePromise(of: Void.self)
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    left.futureResult.whenSuccess {
      let (handler, context) = bound.value
      next(handler, context)
    }
    context.writeAndFlush(wrapOutboundOut(part), promise: left)
  }

  private func end(closing: Bool, _ context: ChannelHandlerContext) {
    guard context.channel.isActive else { return }
    wait(limits.idle, context)
    // With this the next request comes, if it is there already.
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    if closing { context.close(promise: nil) }
  }

  private func response(
    _ answer: HTTPAnswer, to head: HTTPRequestHead, isKnown: Bool, closing: Bool
  ) -> HTTPResponseHead {
    var headers = HTTPHeaders([("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")])
    if let tag = answer.tag { headers.add(name: "ETag", value: tag) }
    if closing { headers.add(name: "Connection", value: "close") }
    if !isKnown {
      headers.add(name: "Content-Type", value: answer.contentType)
      headers.add(name: "Content-Length", value: "\(answer.body.count)")
    }
    return HTTPResponseHead(version: head.version, status: isKnown ? .notModified : answer.status, headers: headers)
  }
}
