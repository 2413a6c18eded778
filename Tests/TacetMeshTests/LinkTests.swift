import Foundation
import TacetIdentity
import TacetMesh
import TacetTransport
import TacetWire
import Testing

@Suite struct LinkTests {
  private let mesh: TestMesh
  private let codec: MessageCodec

  init() throws {
    mesh = try TestMesh()
    codec = try MessageCodec(bytes: 4096)
  }

  private func makeClient(_ address: Endpoint, _ path: String = "camera/site-1") throws -> LinkClient {
    var limits = LinkClientLimits()
    limits.pause = .milliseconds(50)
    return try LinkClient(
      identity: mesh.identity(path), codec: codec, address: address, expecting: mesh.id("gateway/g1"), limits: limits)
  }

  @Test func anExchangeCarriesTheMessageAndThePeer() async throws {
    let door = TestDoor()
    try await withLinkServer(mesh, door: door, codec: codec) { server, address in
      let client = try makeClient(address)
      let request = Message(
        kind: .release, id: 77, step: 5, site: "site-1", detail: "hello",
        payload: .int16([1, -2, 300, Int16.min], shape: [4], scale: 0.25))
      let answer = try await client.exchange(request, timeout: .seconds(5))
      #expect(answer.kind == .answer)
      #expect(answer.status == .ok)
      #expect(answer.id == 77)
      #expect(answer.step == 5)
      #expect(answer.payload == request.payload)
      #expect(door.peers.map(\.id) == [try mesh.id("camera/site-1")])
      let refused = try await client.exchange(Message(kind: .fallback, site: "site-2"), timeout: .seconds(5))
      #expect(refused.status == .refused)
      #expect(server.refusals.snapshot.total == 0)
      await client.close()
    }
  }

  @Test func manyExchangesShareOneConnection() async throws {
    let door = TestDoor(delay: .milliseconds(20))
    try await withLinkServer(mesh, door: door, codec: codec) { server, address in
      let client = try makeClient(address)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            let value = Float(number)
            let answer = try await client.exchange(
              Message(kind: .query, id: 9, payload: .float32([value], shape: [1])), timeout: .seconds(20))
            #expect(answer.payload == .float32([value], shape: [1]))
          }
        }
        try await group.waitForAll()
      }
      #expect(server.meter.snapshot.connections == 1)
      #expect(server.meter.snapshot.received.frames == 200)
      #expect(door.most <= 64)
      #expect(door.most > 32)
      await client.close()
    }
  }

  /// Requests of every kind and size, refusals and garbage alike: one size of record each way, on both ends.
  @Test(arguments: [(4096, [4118]), (1024, [1046]), (16_384, [16_406])])
  func everyRecordHasOneSize(bytes: Int, sizes: [Int]) async throws {
    let codec = try MessageCodec(bytes: bytes)
    try await withLinkServer(mesh, codec: codec) { server, address in
      let client = try LinkClient(
        identity: mesh.identity("camera/site-1"), codec: codec, address: address, expecting: mesh.id("gateway/g1"))
      _ = try await client.exchange(Message(kind: .cover), timeout: .seconds(5))
      for round in 0..<30 {
        let kind: Message.Kind = [.cover, .release, .query, .fallback, .status][round % 5]
        let payload: Payload =
          kind == .release
          ? .int16([Int16](repeating: 5, count: 40 * round + 1), shape: [40 * round + 1], scale: 1) : .none
        let message = Message(kind: kind, step: UInt64(round) << 40, payload: bytes > 4000 ? payload : .none)
        _ = try await client.exchange(message, timeout: .seconds(5))
      }
      for snapshot in [server.meter.snapshot, client.meter.snapshot] {
        #expect(snapshot.received.recordSizes.keys.sorted() == sizes)
        #expect(snapshot.sent.recordSizes.keys.sorted() == sizes)
        #expect(snapshot.received.recordSizes.values.reduce(0, +) == 30)
        #expect(snapshot.sent.recordSizes.values.reduce(0, +) == 30)
      }
      #expect(server.meter.snapshot.sent.bytes == client.meter.snapshot.received.bytes)
      await client.close()
    }
  }

  /// More than one record's worth: always the same records, in the same numbers.
  @Test func aLongMessageIsAFixedNumberOfRecords() async throws {
    let codec = try MessageCodec(bytes: 40_000)
    try await withLinkServer(mesh, codec: codec) { server, address in
      let client = try LinkClient(
        identity: mesh.identity("camera/site-1"), codec: codec, address: address, expecting: mesh.id("gateway/g1"))
      for _ in 0..<11 { _ = try await client.exchange(Message(kind: .cover), timeout: .seconds(5)) }
      let sent = server.meter.snapshot.sent.recordSizes
      #expect(sent == [16_384 + 22: 20, 40_000 - 32_768 + 22: 10])
      #expect(client.meter.snapshot.sent.recordSizes == sent)
      await client.close()
    }
  }

  @Test func aServerThatComesBackIsFoundAgain() async throws {
    let client = try await withLinkServer(mesh, codec: codec) { _, address in
      let client = try makeClient(address)
      _ = try await client.exchange(Message(kind: .cover), timeout: .seconds(5))
      return client
    }
    let error = await failure(of: client, timeout: .milliseconds(300))
    #expect(error != nil)
    try await withLinkServer(mesh, codec: codec, port: client.address.port) { _, _ in
      var answered = false
      for _ in 0..<40 where !answered {
        answered = await failure(of: client, timeout: .seconds(1)) == nil
        if !answered { try await Task.sleep(for: .milliseconds(50)) }
      }
      #expect(answered)
    }
    await client.close()
    #expect(await failure(of: client) == .closed(client.address))
  }

  @Test func aPortInUseIsSaid() async throws {
    try await withLinkServer(mesh, codec: codec) { _, address in
      let second = try LinkServer(
        identity: mesh.identity("gateway/g2"), codec: codec, door: TestDoor(), departures: Departures(.atOnce),
        address: address)
      await #expect(throws: TransportError.portInUse(address)) { try await second.run() }
      await #expect(throws: TransportError.portInUse(address)) { try await second.boundPort }
    }
  }

  /// A name with several addresses: that nobody listens at one of them does not matter.
  @Test func aNameIsFound() async throws {
    try await withLinkServer(mesh, codec: codec) { _, address in
      let client = try makeClient(Endpoint(host: "localhost", port: address.port))
      #expect(await failure(of: client) == nil)
      await client.close()
    }
  }

  @Test func nobodyThere() async throws {
    // A port that is taken, so that no other test gets it, and on which nobody listens.
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    try #require(isBound)
    let client = try makeClient(Endpoint(host: "127.0.0.1", port: Int(UInt16(bigEndian: address.sin_port))))
    guard case .unreachable = await failure(of: client) else {
      Issue.record("expected unreachable")
      return
    }
    await client.close()
  }

  @Test func anAnswerThatDoesNotComeIsGivenUp() async throws {
    try await withLinkServer(mesh, door: TestDoor(delay: .seconds(3)), codec: codec) { _, address in
      let client = try makeClient(address)
      let start = ContinuousClock.now
      #expect(await failure(of: client, timeout: .milliseconds(300)) == .timedOut(address, .milliseconds(300)))
      #expect(ContinuousClock.now - start < .seconds(10))
      await client.close()
    }
  }

  /// One timer for all: a later request may have less time than an earlier one, and one whose time is over first does not end the rest.
  @Test func eachRequestHasItsOwnTime() async throws {
    try await withLinkServer(mesh, door: TestDoor(delay: .seconds(30)), codec: codec) { _, address in
      let client = try makeClient(address)
      let times: [Duration] = [.milliseconds(2500), .milliseconds(300), .milliseconds(1400)]
      let start = ContinuousClock.now
      let taken = await withTaskGroup(of: (Int, TransportError?, Duration).self) { group in
        for (index, time) in times.enumerated() {
          group.addTask { (index, await failure(of: client, timeout: time), ContinuousClock.now - start) }
        }
        return await group.reduce(into: [Int: (TransportError?, Duration)]()) { $0[$1.0] = ($1.1, $1.2) }
      }
      for (index, time) in times.enumerated() {
        #expect(taken[index]?.0 == .timedOut(address, time))
        #expect(taken[index].map { $0.1 >= time } == true)
      }
      // In the order of their ends; how long after is the machine's affair.
      #expect(taken.sorted { $0.value.1 < $1.value.1 }.map(\.key) == [1, 2, 0])
      await client.close()
    }
  }
}
