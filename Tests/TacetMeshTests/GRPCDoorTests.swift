import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import SwiftProtobuf
import TacetIdentity
import TacetMesh
import TacetTransport
import TacetWire
import Testing

/// The gRPC door, asked by gRPC Swift's own client with its stock transport.
@Suite struct GRPCDoorTests {
  private let mesh: TestMesh
  private let codec: MessageCodec

  init() throws {
    mesh = try TestMesh()
    codec = try MessageCodec(bytes: 2048)
  }

  private func withDoor(
    _ door: TestDoor = TestDoor(), clock: TestClock = TestClock(),
    _ body: (GRPCDoor, Endpoint) async throws -> Void
  ) async throws {
    try await withGRPCDoor(mesh.identity("gateway/g1", clock: clock), door: door, codec: codec, body)
  }

  private func withClient(
    _ address: Endpoint, _ files: URL,
    _ body: (Tacet_V1_Inference.Client<HTTP2ClientTransport.Posix>) async throws -> Void
  ) async throws {
    try await withInferenceClient(address, files, body)
  }

  @Test func aCallIsAnsweredWithTheLastTensorsAnswer() async throws {
    let files = try mesh.files("gateway/reader")
    defer { try? FileManager.default.removeItem(at: files) }
    let door = TestDoor()
    try await withDoor(door) { server, address in
      try await withClient(address, files) { client in
        let answer = try await client.encode { writer in
          for step in 1...3 {
            let message = Message(
              kind: .release, id: UInt64(step), step: UInt64(step), site: "site-1",
              payload: .int16([Int16(step)], shape: [1], scale: 1))
            try await writer.write(codec.tensor(message))
          }
        }
        let message = try Message(answer)
        #expect(message.status == .ok)
        #expect(message.id == 3)
        #expect(message.payload == .int16([3], shape: [1], scale: 1))
        #expect(try (answer.serializedBytes() as [UInt8]).count == 2048)
      }
      #expect(door.requests.map(\.step) == [1, 2, 3])
      #expect(Set(door.peers.map(\.id)) == [try mesh.id("gateway/reader")])
      #expect(server.refusals.snapshot.total == 0)
    }
  }

  @Test func whatIsMalformedIsSaidInTheAnswer() async throws {
    let files = try mesh.files("gateway/reader")
    defer { try? FileManager.default.removeItem(at: files) }
    let door = TestDoor()
    try await withDoor(door) { _, address in
      try await withClient(address, files) { client in
        let good = try codec.tensor(Message(kind: .query))
        let short = {
          var tensor = good
          tensor.padding.removeLast()
          return tensor
        }()
        let answers = [
          try await client.encode { try await $0.write(short) },
          try await client.encode { _ in },
          try await client.encode { for _ in 0..<65 { try await $0.write(good) } },
        ]
        for answer in answers {
          #expect(answer.status == .malformed)
          #expect(try (answer.serializedBytes() as [UInt8]).count == 2048)
        }
        let refused = try await client.encode { try await $0.write(codec.tensor(Message(kind: .fallback))) }
        #expect(refused.status == .refused)
      }
      // Nothing malformed reached the door as a request; the cover messages only keep its time.
      #expect(door.requests.filter { $0.kind == .query }.count == 64)
    }
  }

  /// The identity is that of the connection; a header that pretends to be another connection's changes nothing.
  @Test func aForgedConnectionHeaderIsReplaced() async throws {
    let admin = try mesh.files("admin/alice")
    let camera = try mesh.files("camera/site-1")
    defer { for files in [admin, camera] { try? FileManager.default.removeItem(at: files) } }
    let door = TestDoor()
    try await withDoor(door) { _, address in
      let cover = try codec.tensor(Message(kind: .cover))
      try await withClient(address, admin) { first in
        _ = try await first.encode { try await $0.write(cover) }
        try await withClient(address, camera) { second in
          for number in 1...3 {
            let forged: Metadata = ["tacet-connection": "\(number)"]
            _ = try await second.encode(metadata: forged) { try await $0.write(cover) }
          }
        }
        _ = try await first.encode { try await $0.write(cover) }
      }
      let (alice, site) = (try mesh.id("admin/alice"), try mesh.id("camera/site-1"))
      #expect(door.peers.map(\.id) == [alice, site, site, site, alice])
    }
  }

  /// One connection too many is closed, not left open with nobody behind it.
  @Test func oneConnectionTooManyIsClosed() async throws {
    var limits = TransportLimits()
    limits.connections = 1
    limits.handshake = .seconds(60)
    let server = try GRPCDoor(
      identity: mesh.identity("gateway/g1"), codec: codec, door: TestDoor(), departures: Departures(.atOnce),
      address: Endpoint(host: "127.0.0.1", port: 0), limits: limits)
    let task = Task { try await server.run() }
    let port = try await server.boundPort
    let connect = {
      try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connect(host: "127.0.0.1", port: port)
        .get()
    }
    // Which of them comes last is for their event loops to say; the other waits for its handshake.
    let channels = [try await connect(), try await connect()]
    #expect(await eventually { channels.filter(\.isActive).count == 1 })
    #expect(server.refusals.snapshot.count[.tooManyConnections] == 1)
    for channel in channels where channel.isActive { try await channel.close() }
    task.cancel()
    _ = await task.result
  }

  /// A peer that has begun and says nothing more: neither its place nor the door's end waits for its leave.
  @Test(.timeLimit(.minutes(1)), arguments: [false, true])
  func aPeerThatFallsSilentHoldsNothing(untilTheEnd: Bool) async throws {
    let files = try mesh.files("gateway/reader")
    defer { try? FileManager.default.removeItem(at: files) }
    var limits = TransportLimits()
    if !untilTheEnd { limits.idle = .milliseconds(400) }
    let server = try GRPCDoor(
      identity: mesh.identity("gateway/g1"), codec: codec, door: TestDoor(), departures: Departures(.atOnce),
      address: Endpoint(host: "127.0.0.1", port: 0), limits: limits)
    let group = ServiceGroup(services: [server], logger: Logger(label: "test"))
    let task = Task { try await group.run() }
    let address = Endpoint(host: "127.0.0.1", port: try await server.boundPort)
    let chain = try NIOSSLCertificate.fromPEMFile(files.appending(path: "cert.pem").path)
    try await RawClient.connect(
      to: address, chain: chain, key: files.appending(path: "key.pem"), applicationProtocol: "h2"
    ) { client in
      try await client.write(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0])
      #expect(await eventually { client.bytesReceived > 0 })
      if !untilTheEnd { #expect(await eventually { !client.isOpen }) }
      let start = ContinuousClock.now
      await group.triggerGracefulShutdown()
      try await task.value
      #expect(ContinuousClock.now - start < .seconds(10))
    }
  }

  @Test func aStrangerIsNotLetIn() async throws {
    let stranger = try TestMesh("mesh.example")
    let files = try stranger.files("gateway/reader")
    defer { try? FileManager.default.removeItem(at: files) }
    let own = try mesh.files("gateway/reader")
    try FileManager.default.removeItem(at: files.appending(path: "bundle.pem"))
    try FileManager.default.moveItem(at: own.appending(path: "bundle.pem"), to: files.appending(path: "bundle.pem"))
    let door = TestDoor()
    try await withDoor(door) { server, address in
      await #expect(throws: RPCError.self) {
        try await withClient(address, files) { client in
          var options = CallOptions.defaults
          options.timeout = .seconds(20)
          options.waitForReady = false
          _ = try await client.encode(options: options) {
            try await $0.write(codec.tensor(Message(kind: .cover)))
          }
        }
      }
      #expect(await eventually { (server.refusals.snapshot.count[.certificate] ?? 0) >= 1 })
      #expect(door.requests.isEmpty)
    }
  }

  @Test func aPeerWhoseCertificateExpiresWhileConnectedIsCut() async throws {
    let files = try mesh.files("gateway/reader", lifetime: .seconds(300))
    defer { try? FileManager.default.removeItem(at: files) }
    let clock = TestClock()
    let door = TestDoor()
    try await withDoor(door, clock: clock) { server, address in
      let cover = try codec.tensor(Message(kind: .cover))
      try await withClient(address, files) { client in
        _ = try await client.encode { try await $0.write(cover) }
        clock.advance(by: .seconds(600))
        await #expect(throws: RPCError.self) {
          _ = try await client.encode { try await $0.write(cover) }
        }
      }
      #expect(await eventually { server.refusals.snapshot.count[.expired] == 1 })
      #expect(door.requests.count == 1)
    }
  }

  @Test func aPortInUseIsSaid() async throws {
    try await withDoor { _, address in
      let second = try GRPCDoor(
        identity: mesh.identity("gateway/g2"), codec: codec, door: TestDoor(), departures: Departures(.atOnce),
        address: address)
      await #expect(throws: TransportError.portInUse(address)) { try await second.run() }
    }
  }

  @Test(.enabled(if: PythonClient.isInstalled)) func pythonIsAnsweredAndRefused() async throws {
    let reader = try mesh.files("gateway/reader")
    defer { try? FileManager.default.removeItem(at: reader) }
    try await withDoor { _, address in
      let port = address.port
      let ok = try await PythonClient.run(
        port, reader, ["--kind", "release", "--values", "1,-2,3", "--site", "site-1"])
      #expect(ok.status == 0, "\(ok.output)")
      #expect(ok.output.contains(#""values": [1, -2, 3]"#))
      #expect(ok.output.contains(#""bytes": 2048"#))
      let refused = try await PythonClient.run(port, reader, ["--kind", "fallback"])
      #expect(refused.status == 1, "\(refused.output)")
      let wrongSize = try await PythonClient.run(port, reader, ["--unpadded"])
      #expect(wrongSize.status == 1 && wrongSize.output.contains("malformed"), "\(wrongSize.output)")
      let nameless = try await PythonClient.run(port, reader, [], presentsCertificate: false)
      #expect(nameless.status == 2, "\(nameless.output)")
    }
  }
}
