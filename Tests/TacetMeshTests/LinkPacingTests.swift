import Foundation
import Synchronization
import TacetIdentity
import TacetTransport
import TacetWire
import Testing

@testable import TacetMesh

/// Replies of a link leave by the clock: never before the deadline, one for each request, whatever becomes of the answer.
@Suite(.timeLimit(.minutes(2))) struct LinkPacingTests {
  /// Answers queries after a while, everything else at once.
  private struct SlowDoor: Door {
    let delay: Duration

    func exchange(_ request: Message, from peer: PeerIdentity) async -> Reply {
      if request.kind == .query { try? await Task.sleep(for: delay) }
      return Reply(request.answer(request.kind == .status ? .refused : .ok, payload: request.payload))
    }
  }

  private static let deadline = Duration.milliseconds(200)

  private let mesh: TestMesh
  private let codec: MessageCodec

  init() throws {
    mesh = try TestMesh()
    codec = try MessageCodec(bytes: 1024)
  }

  private func with(
    delay: Duration = .zero, deadline: Duration = deadline, jitter: Jitter = .uniform(upTo: .zero),
    trace: TraceLog? = nil,
    _ body: (LinkClient, Departures) async throws -> Void
  ) async throws {
    let departures = Departures(.paced(Pacing(deadline: deadline, jitter: jitter)), trace: trace)
    let server = try LinkServer(
      identity: mesh.identity("gateway/g1"), codec: codec, door: SlowDoor(delay: delay), departures: departures,
      address: Endpoint(host: "127.0.0.1", port: 0))
    let task = Task { try await server.run() }
    let client = try LinkClient(
      identity: mesh.identity("camera/site-1"), codec: codec,
      address: Endpoint(host: "127.0.0.1", port: try await server.boundPort), expecting: mesh.id("gateway/g1"))
    try await body(client, departures)
    await client.close()
    task.cancel()
    _ = await task.result
  }

  /// Quick answers and refusals wait like all others.
  @Test func nothingLeavesBeforeTheDeadline() async throws {
    try await with { client, departures in
      _ = try await client.exchange(Message(kind: .cover), timeout: .seconds(30))
      for kind in [Message.Kind.cover, .status, .query] {
        let start = ContinuousClock.now
        let answer = try await client.exchange(Message(kind: kind), timeout: .seconds(30))
        #expect(answer.status == (kind == .status ? .refused : .ok))
        #expect(ContinuousClock.now - start >= Self.deadline)
      }
      #expect(departures.deadlines.snapshot.missed == 0)
    }
  }

  @Test func anAnswerThatIsNotReadyIsReplaced() async throws {
    try await with(delay: .seconds(60)) { client, departures in
      let answer = try await client.exchange(Message(kind: .query, id: 7, step: 5), timeout: .seconds(30))
      #expect(answer.status == .late)
      #expect(answer.id == 7 && answer.step == 5 && answer.payload == .none)
      #expect(try await client.exchange(Message(kind: .cover), timeout: .seconds(30)).status == .ok)
      #expect(departures.deadlines.snapshot == .init(kept: 1, missed: 1))
    }
  }

  /// One reply for each request, answers late or not, and all of one size both ways.
  @Test func eachRequestHasOneReply() async throws {
    try await with(delay: Self.deadline * 2) { client, departures in
      // The first reply ends what is counted as a connection's beginning.
      _ = try await client.exchange(Message(kind: .cover), timeout: .seconds(30))
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<40 {
          group.addTask {
            let kind = number.isMultiple(of: 2) ? Message.Kind.query : .cover
            _ = try? await client.exchange(Message(kind: kind), timeout: .seconds(5))
          }
        }
      }
      let deadlines = departures.deadlines.snapshot
      #expect(deadlines.kept + deadlines.missed == 41)
      let wire = client.meter.snapshot
      #expect(wire.sent.frames == 41 && wire.received.frames == 41)
      #expect(wire.received.recordSizes == [1046: 40])
    }
  }

  /// The test of the trace: every reply has a line, in order, with the class that the service names.
  @Test func theTraceNamesEveryExchange() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    let trace = try TraceLog(file: file)
    try await with(deadline: .milliseconds(1), trace: trace) { client, _ in
      for kind in [Message.Kind.cover, .status, .release] {
        _ = try await client.exchange(Message(kind: kind), timeout: .seconds(30))
      }
      #expect(await eventually { (try? trace.flush()) != nil && (try? Self.lines(file).count) == 3 })
    }
    let lines = try Self.lines(file)
    #expect(lines.map(\.class) == ["cover/ok", "status/refused", "release/ok"])
    #expect(lines.map(\.request) == [0, 1, 2] && lines.map(\.reply) == [0, 1, 2])
    #expect(Set(lines.map(\.door)) == ["link"] && Set(lines.map(\.client)).count == 1)
    #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o600)
  }

  private static func lines(_ file: URL) throws -> [ExchangeLabel] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(ExchangeLabel.self, from: Data($0.utf8))
    }
  }
}
