internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOTLS

/// What an authority is asked.
struct AuthorityRequest: Sendable {
  let method: HTTPMethod
  let path: String
  let host: String
  let body: Data
  /// The mark of what is known already.
  let known: String?
  /// Of the answer.
  let mostBytes: Int
}

/// Sends one request once TLS is complete, and collects the answer.
final class AuthorityClientHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  /// No answer in time.
  struct Late: Error {}
  /// The connection ended, or the answer is too long.
  struct Broken: Error {}

  private let request: AuthorityRequest
  private let promise: EventLoopPromise<AuthorityClient.Answer>
  private let timeout: TimeAmount
  private var timer: Scheduled<Void>?
  private var head: HTTPResponseHead?
  private var body: [UInt8] = []

  init(request: AuthorityRequest, promise: EventLoopPromise<AuthorityClient.Answer>, timeout: TimeAmount) {
    self.request = request
    self.promise = promise
    self.timeout = timeout
  }

  func handlerAdded(context: ChannelHandlerContext) {
    timer = context.eventLoop.scheduleTask(in: timeout) { [promise] in promise.fail(Late()) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    promise.fail(Broken())
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case .handshakeCompleted? = event as? TLSUserEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    var headers = HTTPHeaders([("Host", request.host), ("Connection", "close")])
    if let known = request.known { headers.add(name: "If-None-Match", value: known) }
    if !request.body.isEmpty {
      headers.add(name: "Content-Type", value: "application/json")
      headers.add(name: "Content-Length", value: "\(request.body.count)")
    }
    let head = HTTPRequestHead(version: .http1_1, method: request.method, uri: request.path, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if !request.body.isEmpty {
      context.write(
        wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: request.body)))), promise: nil)
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body(let buffer):
      guard body.count + buffer.readableBytes <= request.mostBytes else { return promise.fail(Broken()) }
      body += buffer.readableBytesView
    case .end:
      guard let head else { return promise.fail(Broken()) }
      promise.succeed(
        AuthorityClient.Answer(
          status: Int(head.status.code), tag: head.headers.first(name: "ETag"), body: Data(body)))
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    promise.fail(error)
  }
}
