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
///
/// With a ``LinkPace`` requests leave at its slots only; with cover cells that say nothing leave in their place, from the first slot
/// on, and the answer to a request may come after its deadline, in place of the answer to one of those.
package final class LinkClient: Sendable {
  /// Where the node listens.
  package let address: Endpoint
  /// Who must answer there.
  package let expecting: SPIFFEID
  /// What passes on the wire.
  package let meter: WireMeter
  /// What was seen of the certificates there.
  package let news = PeerNews()

  /// Runs tasks where the exchanges are made; for those that do little else.
  package var executor: any TaskExecutor { LoopExecutor(loop) }

  private let codec: MessageCodec
  private let numbers = LinkNumbers()
  private let loop: any EventLoop
  private let connector: NIOLoopBoundBox<LinkConnector>

  /// - Parameters:
  ///   - identity: this node's certificate and chain verification.
  ///   - codec: gives the message size of the policy.
  ///   - expecting: any other identity is refused.
  ///   - pace: when requests leave; nil for at once.
  ///   - refusals: counts connections cut because the peer's certificate expired or was revoked.
  ///   - logger: for connections lost and refused; without one nothing is logged.
  /// - Throws: ``TransportError/unusableIdentity(reason:)``.
  package init(
    identity: MeshIdentity, codec: MessageCodec, address: Endpoint, expecting: SPIFFEID,
    pace: LinkPace? = nil, limits: LinkClientLimits = LinkClientLimits(), meter: WireMeter = WireMeter(),
    refusals: RefusalLog = RefusalLog(), logger: Logger? = nil
  ) throws(TransportError) {
    self.address = address
    self.expecting = expecting
    self.meter = meter
    self.codec = codec
    let tls = try MeshTLS(identity: identity, applicationProtocol: MeshTLS.link, role: .client)
    loop = MultiThreadedEventLoopGroup.singleton.next()
    connector = NIOLoopBoundBox.makeBoxSendingValue(
      LinkConnector(
        plan: LinkPlan(
          identity: identity, tls: tls, codec: codec, address: address, expecting: expecting, limits: limits,
          pace: pace, meter: meter, refusals: Refusals(log: refusals, logger: logger, now: identity.now), news: news,
          logger: logger
        ),
        numbers: numbers, loop: loop),
      eventLoop: loop)
    loop.execute { [connector] in connector.value.start() }
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
    try await post(request, timeout: timeout).answer()
  }

  /// Hands a request over, to leave at once or at the next slot with room; those that are posted one after the other leave in
  /// that order. What it costs to make its bytes is spent here.
  /// - Parameter timeout: for everything, opening the connection included.
  /// - Returns: where its answer will be.
  package func post(_ request: Message, timeout: Duration) -> LinkExchange {
    let promise = loop.makePromise(of: Message.self)
    do throws(WireError) {
      let cell = try LinkCell(request, id: numbers.next(), by: codec)
      let exchange = LinkRequest.Exchange(id: request.id, promise: promise)
      let submit = { @Sendable [connector] in connector.value.submit(cell, for: exchange, timeout: timeout) }
      // Who is on the loop already came there after all that it handed over before.
      if loop.inEventLoop { submit() } else { loop.execute(submit) }
    } catch {
      promise.fail(TransportError.message(error))
    }
    return LinkExchange(address: address, promise: promise)
  }

  /// Closes the connection; exchanges that wait fail, and later ones too.
  package func close() async {
    try? await loop.submit { [connector] in connector.value.close() }.get()
  }
}

/// A request that was handed over to a link.
package struct LinkExchange: Sendable {
  let address: Endpoint
  let promise: EventLoopPromise<Message>

  /// Waits for the answer.
  /// - Throws: ``TransportError``.
  package func answer() async throws(TransportError) -> Message {
    do {
      return try await withTaskCancellationHandler {
        try await promise.futureResult.get()
      } onCancel: { [address, promise] in
        promise.fail(TransportError.closed(address))
      }
    } catch let error as TransportError {
      throw error
    } catch {
      throw .connectionLost(address, reason: "unexpected failure")
    }
  }
}
