internal import NIOCore
internal import NIOPosix
package import TacetIdentity
package import TacetTransport
package import TacetWire

/// Where a probe goes, and as whom.
package struct ProbeTarget: Sendable {
  package let address: Endpoint
  /// Who must answer there.
  package let expecting: SPIFFEID
  package let codec: MessageCodec
  package let identity: MeshIdentity
  private let tls: MeshTLS

  /// For the TCP connection and for the handshake.
  private static let patience = TimeAmount.seconds(10)

  /// - Throws: ``TransportError/unusableIdentity(reason:)``.
  package init(
    address: Endpoint, expecting: SPIFFEID, codec: MessageCodec, identity: MeshIdentity
  ) throws(TransportError) {
    self.address = address
    self.expecting = expecting
    self.codec = codec
    self.identity = identity
    tls = try MeshTLS(identity: identity, applicationProtocol: MeshTLS.link, role: .client)
  }

  /// Opens a connection; waits for its handshake.
  /// - Throws: ``TransportError``.
  func connect() async throws -> ProbeChannel {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(Self.patience)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try fill(channel) } }
    let channel: any Channel
    do {
      channel = try await bootstrap.connect(host: address.host, port: address.port).get()
    } catch {
      throw TransportError.unreachable(address, reason: "nobody listens there or it cannot be reached")
    }
    let handler = try await loop.submit {
      NIOLoopBound(try channel.pipeline.syncOperations.handler(type: ProbeHandler.self), eventLoop: loop)
    }.get()
    let timer = loop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
    defer { timer.cancel() }
    try await loop.flatSubmit { handler.value.established }.get()
    return ProbeChannel(channel: channel, handler: handler)
  }

  private func fill(_ channel: any Channel) throws {
    let outcome = HandshakeOutcome()
    let handler = ProbeHandler(address, codec: codec, outcome: outcome, loop: channel.eventLoop)
    let tap = WireTap(meter: WireMeter()) { [weak handler] in handler?.observe(isSent: $0, $1) }
    let tls = try tls.clientHandler(outcome: outcome, expecting: expecting)
    try channel.pipeline.syncOperations.addHandlers([tap, tls, handler])
  }
}

/// A connection of a probe, usable from any task.
struct ProbeChannel: Sendable {
  let channel: any Channel
  let handler: NIOLoopBound<ProbeHandler>

  var isActive: Bool { channel.isActive }

  /// Sends a frame at a moment, and waits for the reply, or for the connection's end.
  func exchange(
    _ frame: [UInt8], at moment: NIODeadline, timeout: TimeAmount
  ) async throws -> ProbeHandler.Observation {
    let promise = channel.eventLoop.makePromise(of: ProbeHandler.Observation.self)
    let buffer = channel.allocator.buffer(bytes: frame)
    channel.eventLoop.scheduleTask(deadline: moment) { [handler] in
      handler.value.send(buffer, timeout: timeout, promise: promise)
    }
    return try await promise.futureResult.get()
  }

  func close() async { try? await channel.close() }
}
