import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import TacetIdentity
import TacetMesh
import TacetTransport
import TacetWire
import Testing

/// Paced links to real servers: whatever happens, what is on the wire is whole slots.
@Suite(.serialized) struct PacedLinkTests {
  private let mesh: TestMesh
  private let codec: MessageCodec

  init() throws {
    mesh = try TestMesh()
    codec = try MessageCodec(bytes: 1024)
  }

  private func makeClient(
    _ identity: MeshIdentity, _ address: Endpoint, width: Int, interval: Duration = .milliseconds(20),
    isCovered: Bool = true, inFlight: Int = 1024, codec: MessageCodec? = nil
  ) throws -> LinkClient {
    var limits = LinkClientLimits()
    limits.pause = .milliseconds(50)
    limits.probation = .milliseconds(300)
    limits.inFlight = inFlight
    return try LinkClient(
      identity: identity, codec: codec ?? self.codec, address: address, expecting: mesh.id("gateway/g1"),
      pace: LinkPace(
        first: Date(timeIntervalSinceNow: 0.1), interval: interval, width: width, isCovered: isCovered,
        patience: .seconds(20)),
      limits: limits)
  }

  /// The kinds of what a door was asked, and how many of its numbers it saw more than once.
  private func asked(_ door: TestDoor) -> (real: Int, cover: Int, again: Int) {
    let requests = door.requests
    return (
      requests.count { $0.kind != .cover }, requests.count { $0.kind == .cover },
      requests.count - Set(requests.map(\.id)).count
    )
  }

  /// The sizes of records, but for the alert that ends a connection.
  private static func sizes(_ meter: WireMeter) -> [Int] {
    meter.snapshot.sent.recordSizes.keys.filter { $0 != 24 }
  }

  @Test func aLinkWithCoverOpensByItselfAndKeepsOn() async throws {
    let door = TestDoor()
    try await withLinkServer(mesh, door: door, codec: codec) { server, address in
      let client = try makeClient(mesh.identity("camera/site-1"), address, width: 3)
      #expect(await eventually { door.requests.count > 60 })
      let answers = try await withThrowingTaskGroup(of: Message.self) { group in
        for number in 0..<20 {
          group.addTask {
            try await client.exchange(Message(kind: .query, id: UInt64(number)), timeout: .seconds(20))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(answers.map(\.id)) == Set(0..<20))
      await client.close()
      let slots = client.meter.snapshot.slots
      #expect(await eventually { door.requests.count == 3 * slots.kept })
      let asked = asked(door)
      #expect(asked.real == 20 && slots.real == 20 && asked.cover == slots.cover && asked.again == 0)
      #expect(Self.sizes(client.meter) == [1046])
      #expect(server.meter.snapshot.connections == 1)
      #expect(await failure(of: client) == .closed(address))
    }
  }

  @Test func withoutCoverALinkWithNothingToSaySaysNothing() async throws {
    let door = TestDoor()
    try await withLinkServer(mesh, door: door, codec: codec) { _, address in
      let client = try makeClient(mesh.identity("camera/site-1"), address, width: 3, isCovered: false)
      try await Task.sleep(for: .milliseconds(400))
      #expect(client.meter.snapshot.connections == 0)
      #expect(await failure(of: client) == nil)
      #expect(door.requests.count == 1)
      await client.close()
    }
  }

  /// The server goes and comes back while requests are made: every slot that left had its number of cells.
  @Test func reconnectsLeaveInWholeSlots() async throws {
    let camera = try mesh.identity("camera/site-1")
    let door = TestDoor()
    let client = try await withLinkServer(mesh, door: door, codec: codec) { _, address in
      let client = try makeClient(camera, address, width: 2)
      #expect(await eventually { door.requests.count > 20 })
      return client
    }
    let busy = Task {
      var done = 0
      while !Task.isCancelled {
        if await failure(of: client, Message(kind: .query), timeout: .milliseconds(100)) == nil { done += 1 }
      }
      return done
    }
    try await Task.sleep(for: .milliseconds(300))
    let second = TestDoor()
    try await withLinkServer(mesh, door: second, codec: codec, port: client.address.port) { server, _ in
      #expect(await eventually { second.requests.count > 60 && asked(second).real > 3 })
      busy.cancel()
      #expect(await busy.value > 3)
      await client.close()
      #expect(await eventually { server.openConnections == 0 })
    }
    #expect(second.requests.count.isMultiple(of: 2), "a slot was not whole")
    #expect(asked(second).again == 0)
    let snapshot = client.meter.snapshot
    #expect(snapshot.slots.real + snapshot.slots.cover == 2 * snapshot.slots.kept)
    #expect(snapshot.slots.skipped > 0)
    #expect(snapshot.sent.frames == 2 * snapshot.slots.kept, "something left between two slots")
    #expect(Self.sizes(client.meter) == [1046])
  }

  /// A renewed certificate: the new connection takes over, and together they carry each slot once.
  @Test func aSuccessorTakesTheStreamOver() async throws {
    let camera = try mesh.identity("camera/site-1")
    let door = TestDoor(delay: .milliseconds(50))
    try await withLinkServer(mesh, door: door, codec: codec) { server, address in
      let client = try makeClient(camera, address, width: 2)
      #expect(await eventually { door.requests.count > 20 })
      camera.replace(svid: try mesh.svid("camera/site-1"), verifier: camera.verifier)
      #expect(await eventually { Set(door.peers.map(\.serial)).count == 2 })
      let before = door.requests.count
      #expect(await eventually { server.openConnections == 1 && door.requests.count > before + 20 })
      await client.close()
      let slots = client.meter.snapshot.slots
      #expect(await eventually { door.requests.count == 2 * slots.kept }, "a slot was carried twice, or in part")
      #expect(asked(door).again == 0)
      #expect(client.meter.snapshot.connections == 2)
      // Each slot as a whole on one of the two.
      let seen = zip(door.requests, door.peers).map { ($0.id, $1.serial) }
      for serial in Set(seen.map(\.1)) { #expect(seen.count { $0.1 == serial }.isMultiple(of: 2)) }
    }
  }

  /// An answer that the server could not make in time comes in place of a cover's; without cover, that it is late is the answer.
  @Test(arguments: [true, false]) func aLateAnswerArrives(isCovered: Bool) async throws {
    let door = TestDoor(delay: .milliseconds(400), of: [.query])
    let pacing = Pacing(deadline: .milliseconds(50), jitter: .uniform(upTo: .zero))
    try await withLinkServer(mesh, door: door, codec: codec, departures: Departures(.paced(pacing))) {
      server, address in
      let client = try makeClient(mesh.identity("controller/site-1"), address, width: 2, isCovered: isCovered)
      let question = Message(kind: .query, id: 7, payload: .float32([3], shape: [1]))
      let answer = try await client.exchange(question, timeout: .seconds(20))
      #expect(answer.id == 7 && answer.status == (isCovered ? .ok : .late))
      #expect(answer.payload == (isCovered ? question.payload : .none))
      await client.close()
      let kept = client.meter.snapshot
      #expect(await eventually { server.meter.snapshot.received.frames == kept.sent.frames })
      #expect(kept.received.frames <= kept.sent.frames, "more answers than requests")
    }
  }

  /// A peer that reads nothing: what it does not take is not kept for later.
  @Test func slotsAreSkippedWhileThePeerDoesNotRead() async throws {
    let wide = try MessageCodec(bytes: 65_536)
    let folder = try mesh.files("gateway/g1")
    defer { try? FileManager.default.removeItem(at: folder) }
    let server = try await DeafServer(folder: folder)
    let client = try makeClient(
      mesh.identity("camera/site-1"), server.address, width: 16, interval: .milliseconds(5),
      inFlight: 1_000_000, codec: wide)
    #expect(await eventually { client.meter.snapshot.slots.skipped > 20 && client.meter.snapshot.slots.kept > 0 })
    let stuck = client.meter.snapshot.slots.kept
    #expect(await eventually { client.meter.snapshot.slots.skipped > 100 })
    #expect(client.meter.snapshot.slots.kept <= stuck + 1)
    await client.close()
    try await server.close()
  }

  /// A TLS server that completes handshakes and reads nothing after.
  private final class DeafServer: Sendable {
    let address: Endpoint
    private let channel: any Channel

    init(folder: URL) async throws {
      var tls = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(folder.appending(path: "cert.pem").path)
          .map { .certificate($0) },
        privateKey: .privateKey(
          try NIOSSLPrivateKey(file: folder.appending(path: "key.pem").path, format: .pem)))
      tls.applicationProtocols = ["tacet/1"]
      let context = try NIOSSLContext(configuration: tls)
      channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: context), Deaf()])
          }
        }
        .bind(host: "127.0.0.1", port: 0).get()
      address = Endpoint(host: "127.0.0.1", port: channel.localAddress?.port ?? 0)
    }

    func close() async throws { try await channel.close() }

    private final class Deaf: ChannelInboundHandler {
      typealias InboundIn = ByteBuffer

      func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.channel.setOption(.autoRead, value: false).whenComplete { _ in }
      }

      func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
  }
}
