internal import Foundation
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// Right above TLS on the accepting side: holds the handshake to its time and the peer to the door's application
/// protocol, counts who does not get through, and lets nothing past before.
final class HandshakeGate: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let applicationProtocol: String
  private let outcome: HandshakeOutcome
  private let refusals: Refusals
  private let timeout: Duration
  private let admitsStrangers: Bool
  private var timer: Scheduled<Void>?
  private var state = State.handshaking

  /// handshaking → open (ALPN and certificate are right) or shut (refused and counted); both are final.
  private enum State { case handshaking, open, shut }

  /// - Parameter admitsStrangers: whether a peer needs no certificate, as at the enrolment port alone.
  init(
    applicationProtocol: String, outcome: HandshakeOutcome, refusals: Refusals, timeout: Duration,
    admitsStrangers: Bool = false
  ) {
    self.applicationProtocol = applicationProtocol
    self.outcome = outcome
    self.refusals = refusals
    self.timeout = timeout
    self.admitsStrangers = admitsStrangers
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
      let (gate, context) = bound.value
      gate.shut(.handshakeTimeout, detail: "no handshake within \(gate.timeout)", context)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent, state == .handshaking {
      timer?.cancel()
      guard negotiated == applicationProtocol else {
        return shut(.applicationProtocol, detail: "the peer does not speak \(applicationProtocol)", context)
      }
      guard admitsStrangers || outcome.peer != nil else {
        return shut(.handshake, detail: "no verified certificate", context)
      }
      state = .open
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if state == .open { context.fireChannelRead(data) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard state == .handshaking else { return context.fireErrorCaught(error) }
    let (reason, detail) = refusal(error)
    shut(reason, detail: detail, rule: outcome.rejection?.rule, context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if state == .handshaking { shut(.abandoned, detail: "the peer left during the handshake", context) }
    context.fireChannelInactive()
  }

  private func refusal(_ error: any Error) -> (RefusalReason, String) {
    if let rejection = outcome.rejection { return (.certificate, "\(rejection)") }
    let text = String(describing: error)
    if text.contains("EOF during") || error is IOError { return (.abandoned, "the peer left") }
    if text.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") { return (.noCertificate, "no certificate presented") }
    if text.contains("UNSUPPORTED_PROTOCOL") || text.contains("WRONG_VERSION_NUMBER") {
      return (.tlsVersion, "not TLS 1.3")
    }
    if text.contains("NO_SHARED_GROUP") { return (.handshake, "no key exchange in common") }
    return (.handshake, "TLS handshake failed")
  }

  private func shut(_ reason: RefusalReason, detail: String, rule: String? = nil, _ context: ChannelHandlerContext) {
    guard state == .handshaking else { return }
    state = .shut
    timer?.cancel()
    refusals.record(reason, detail: detail, rule: rule, peer: context.remoteAddress)
    context.close(promise: nil)
  }
}
