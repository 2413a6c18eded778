package import Logging
internal import NIOCore
internal import NIOPosix
package import TacetIdentity
package import TacetTransport
package import TacetWire

/// The asking end of a link to one node: one long-lived connection, any number of exchanges at once.
///
/// The first exchange opens the connection. When it is lost it is opened again on a timer, with growing pauses, never
/// at once: an onlooker learns nothing from when that happens.
///
/// Before this node's certificate or the peer's has run out, when it is half way there or was replaced, the next connection is opened
/// beside the one in use, takes over the requests to come once it has stood for a moment, and the old one closes when its last answer is
/// in: no exchange fails for it.
package final class LinkClient: Sendable {
  /// Where the node listens.
  package let address: Endpoint
  /// Who must answer there.
  package let expecting: SPIFFEID
  /// What passes on the wire.
  package let meter: WireMeter

  /// Runs tasks where the exchanges are made; for those that do little else.
  package var executor: any TaskExecutor { LoopExecutor(loop) }

  private let loop: any EventLoop
  private let connector: NIOLoopBoundBox<LinkConnector>

  /// - Parameters:
  ///   - identity: this node's certificate and chain verification.
  ///   - codec: gives the message size of the policy.
  ///   - expecting: any other identity is refused.
  ///   - refusals: counts connections cut because the peer's certificate expired or was revoked.
  ///   - logger: for connections lost and refused; without one nothing is logged.
  /// - Throws: ``TransportError/unusableIdentity(reason:)``.
  package init(
    identity: MeshIdentity, codec: MessageCodec, address: Endpoint, expecting: SPIFFEID,
    limits: LinkClientLimits = LinkClientLimits(), meter: WireMeter = WireMeter(),
    refusals: RefusalLog = RefusalLog(), logger: Logger? = nil
  ) throws(TransportError) {
    self.address = address
    self.expecting = expecting
    self.meter = meter
    let tls = try MeshTLS(identity: identity, applicationProtocol: MeshTLS.link, role: .client)
    loop = MultiThreadedEventLoopGroup.singleton.next()
    connector = NIOLoopBoundBox.makeBoxSendingValue(
      LinkConnector(
        plan: LinkPlan(
          identity: identity, tls: tls, codec: codec, address: address, expecting: expecting, limits: limits,
          meter: meter, refusals: Refusals(log: refusals, logger: logger, now: identity.now), logger: logger),
        loop: loop),
      eventLoop: loop)
  }

  deinit {
    loop.execute { [connector] in connector.value.close() }
  }

  /// Sends a request and waits for its answer.
  /// - Parameters:
  ///   - request: its id is chosen here; the answer comes back with the id the request was given.
  ///   - timeout: for everything, opening the connection included.
  /// - Throws: ``TransportError``. A refusal by the node's policy is no error: it is in the answer's status.
  package func exchange(_ request: Message, timeout: Duration) async throws(TransportError) -> Message {
    let promise = loop.makePromise(of: Message.self)
    loop.execute { [connector] in connector.value.submit(request, timeout: timeout, promise: promise) }
    do {
      return try await withTaskCancellationHandler {
        try await promise.futureResult.get()
      } onCancel: { [address] in
        promise.fail(TransportError.closed(address))
      }
    } catch let error as TransportError {
      throw error
    } catch {
      throw .connectionLost(address, reason: "unexpected failure")
    }
  }

  /// Closes the connection; exchanges that wait fail, and later ones too.
  package func close() async {
    try? await loop.submit { [connector] in connector.value.close() }.get()
  }
}
