import Foundation
import NIOCore
import NIOEmbedded
import NIOTLS
import TacetTransport
import TacetWire
import Testing

@testable import TacetIdentity
@testable import TacetMesh

/// One connection of a paced link in virtual time, without a network: late answers, and answers that do not come.
@Suite struct PacedConnectionTests {
  private final class Bench {
    let channel = EmbeddedChannel()
    let handler: LinkClientHandler
    let codec: MessageCodec
    private let numbers = LinkNumbers()
    private let address = Endpoint(host: "127.0.0.1", port: 1)

    init(isCovered: Bool = true) throws {
      let mesh = try TestMesh()
      codec = try MessageCodec(bytes: 512)
      let identity = try mesh.identity("camera/site-1")
      let pace = LinkPace(
        first: Date(), interval: .milliseconds(100), width: 2, isCovered: isCovered, patience: .milliseconds(250))
      let plan = LinkPlan(
        identity: identity, tls: try MeshTLS(identity: identity, applicationProtocol: MeshTLS.link, role: .client),
        codec: codec, address: address, expecting: try mesh.id("gateway/g1"), limits: LinkClientLimits(), pace: pace,
        meter: WireMeter(), refusals: Refusals(log: RefusalLog(), logger: nil, now: { Date() }), news: PeerNews(),
        logger: nil)
      let outcome = HandshakeOutcome()
      outcome.settle(
        .valid(PeerIdentity(id: try mesh.id("gateway/g1"), notAfter: Date(timeIntervalSinceNow: 3600), serial: "01")))
      handler = LinkClientHandler(
        plan: plan, tap: WireTap(meter: plan.meter), outcome: outcome, version: identity.current.version,
        loop: channel.eventLoop)
      try channel.pipeline.syncOperations.addHandler(handler)
      channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
      channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: MeshTLS.link))
    }

    deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

    func request(_ message: Message = Message(kind: .query, id: 9)) throws -> (LinkRequest, EventLoopFuture<Message>) {
      let promise = channel.eventLoop.makePromise(of: Message.self)
      let cell = try LinkCell(message, id: numbers.next(), by: codec)
      let request = LinkRequest(cell, exchange: .init(id: message.id, promise: promise))
      let bound = NIOLoopBound(request, eventLoop: channel.eventLoop)
      promise.futureResult.whenComplete { _ in bound.value.end() }
      return (request, promise.futureResult)
    }

    func cover() throws -> LinkRequest {
      LinkRequest(try LinkCell(Message(kind: .cover), id: numbers.next(), by: codec), exchange: nil)
    }

    /// What left since the last call.
    func sent() throws -> [Message] {
      var messages: [Message] = []
      while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
        messages.append(try codec.decode(Array(buffer.readableBytesView)))
      }
      return messages
    }

    /// The peer's answer to a request with this id.
    func answer(_ id: UInt64, _ status: Message.Status, detail: String = "") throws {
      let frame = try codec.encode(Message(kind: .query, id: id).answer(status, detail: detail))
      try channel.writeInbound(ByteBuffer(bytes: frame))
    }

    func timeOut(_ request: LinkRequest) { request.fail(.timedOut(address, .seconds(1))) }

    func advance(_ amount: TimeAmount) {
      channel.embeddedEventLoop.advanceTime(by: amount)
      handler.sweep(at: channel.eventLoop.now)
    }
  }

  /// What a future has come to by now; nil for nothing.
  private func result(_ future: EventLoopFuture<Message>) -> Result<Message, any Error>? {
    nonisolated(unsafe) var result: Result<Message, any Error>?
    future.whenComplete { result = $0 }
    return result
  }

  @Test func anAnswerThatIsLateComesInPlaceOfACovers() throws {
    let bench = try Bench()
    let (request, future) = try bench.request()
    bench.handler.carry([request, try bench.cover()])
    let ids = try bench.sent().map(\.id)
    #expect(ids.count == 2)
    try bench.answer(ids[0], .late)
    try bench.answer(ids[1], .ok)
    #expect(result(future) == nil, "a late answer ended the exchange")
    bench.handler.carry([try bench.cover(), try bench.cover()])
    #expect(try bench.sent().count == 2)
    try bench.answer(ids[0], .ok, detail: "here")
    let answer = try #require(try result(future)?.get())
    #expect(answer.status == .ok && answer.detail == "here" && answer.id == 9)
    // The same once more is an answer that nobody waits for.
    try bench.answer(ids[0], .ok)
    #expect(bench.channel.isActive)
  }

  @Test func aLateAnswerIsBetterThanNone() throws {
    let bench = try Bench()
    let (first, lost) = try bench.request()
    let (second, cut) = try bench.request()
    bench.handler.carry([first, second])
    for id in try bench.sent().map(\.id) { try bench.answer(id, .late) }
    bench.timeOut(first)
    #expect(try result(lost)?.get().status == .late)
    bench.handler.close(.closed(Endpoint(host: "h", port: 1)))
    #expect(try result(cut)?.get().status == .late)
  }

  @Test func withoutCoverALateAnswerIsTheAnswer() throws {
    let bench = try Bench(isCovered: false)
    let (request, future) = try bench.request()
    bench.handler.carry([request])
    try bench.answer(try #require(try bench.sent().first?.id), .late)
    #expect(try result(future)?.get().status == .late)
  }

  /// Three slots in a row without any answer: given up, whether they said something or not. One answer in between is enough.
  @Test(arguments: [true, false]) func aPeerThatDoesNotAnswerIsGivenUp(speaks: Bool) throws {
    let bench = try Bench()
    func carry() throws -> UInt64 {
      bench.handler.carry([speaks ? try bench.request().0 : try bench.cover(), try bench.cover()])
      return try #require(try bench.sent().first?.id)
    }
    for _ in 0..<30 {
      let id = try carry()
      bench.advance(.milliseconds(100))
      try bench.answer(id, .ok)
    }
    #expect(bench.channel.isActive)
    for _ in 0..<4 {
      _ = try carry()
      bench.advance(.milliseconds(100))
      #expect(bench.channel.isActive)
    }
    _ = try carry()
    bench.advance(.milliseconds(100))
    #expect(!bench.channel.isActive, "three slots went without an answer")
  }

  /// A slot leaves as a whole or not at all.
  @Test func whatDoesNotFitDoesNotLeave() throws {
    let bench = try Bench()
    #expect(bench.handler.canCarry(2))
    bench.channel.isWritable = false
    #expect(!bench.handler.canCarry(2))
    bench.channel.isWritable = true
    #expect(!bench.handler.canCarry(LinkClientLimits().inFlight + 1))
    bench.handler.close(.closed(Endpoint(host: "h", port: 1)))
    #expect(!bench.handler.canCarry(2))
  }

  /// A connection that was succeeded stays until its last slot is over, and no longer, whatever was said in it and whether answers were
  /// late.
  @Test(arguments: [Message.Status.ok, .late, nil]) func aSucceededConnectionClosesWhenItsSlotsAreOver(
    status: Message.Status?
  ) throws {
    let bench = try Bench()
    let (request, future) = try bench.request()
    bench.handler.carry([request, try bench.cover()])
    let ids = try bench.sent().map(\.id)
    bench.handler.retire()
    for id in ids { if let status { try bench.answer(id, status) } }
    bench.advance(.milliseconds(240))
    #expect(bench.channel.isActive)
    bench.advance(.milliseconds(20))
    #expect(!bench.channel.isActive)
    #expect(try status == nil || result(future)?.get().status == status)
  }
}
