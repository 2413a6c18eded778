import Foundation
import TacetIdentity
import TacetPolicy
import TacetTransport
import TacetWire
import Testing

@testable import TacetMesh

/// The probe of `tacet verify timing`: what it asks, when, and what it notes.
@Suite(.timeLimit(.minutes(2))) struct TimingProbeTests {
  private let policy: Policy
  private let mesh: TestMesh
  private let codec: MessageCodec

  init() throws {
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
    policy = try Policy.load(from: project.appending(path: "Policies/strict.yaml"))
    mesh = try TestMesh(policy.trustDomain)
    codec = try MessageCodec(bytes: policy.message.bytes)
  }

  private func names(_ path: String, models: [ProbeModel] = [], knowsSchedule: Bool = true) throws -> [String] {
    ProbeClass.all(for: try mesh.id(path), policy: policy, models: models, knowsSchedule: knowsSchedule).map(\.name)
  }

  // MARK: What it asks

  @Test func classesAreThoseThatAnIdentityCanCause() throws {
    let models = [ProbeModel(name: "a", dimension: 2), ProbeModel(name: "b", dimension: 3)]
    #expect(
      try names("camera/x", models: models) == [
        "cover", "release/a", "release/b", "denied", "malformed", "unknown model",
      ])
    #expect(
      try names("controller/x", models: models) == [
        "cover", "query/miss/a", "query/hit/a", "query/miss/b", "query/hit/b", "denied", "malformed", "unknown model",
      ])
    #expect(
      try names("controller/x", knowsSchedule: false) == ["cover", "query", "denied", "malformed", "unknown model"])
    #expect(try names("admin/x") == ["denied", "malformed"])
  }

  @Test func framesAreWhatTheyAreCalled() throws {
    let model = ProbeModel(name: "a", dimension: 2)
    func message(_ kind: ProbeClass) throws -> Message {
      try codec.decode(try kind.frame(step: 7, site: "s", codec: codec))
    }
    #expect(try message(.cover).kind == .cover)
    let release = try message(.release(model))
    #expect(release.kind == .release && release.step == 7 && release.site == "s" && release.model == "a")
    guard case .int16(_, let shape, _) = release.payload else {
      Issue.record("no release")
      return
    }
    #expect(shape == [2])
    #expect(try message(.miss(model)).kind == .query)
    #expect(try message(.denied(.fallback)).kind == .fallback)
    let malformed = try ProbeClass.malformed.frame(step: 7, site: "s", codec: codec)
    #expect(malformed.count == codec.bytes)
    #expect(throws: WireError.self) { try codec.decode(malformed) }
  }

  // MARK: When

  /// Every class has exactly one slot of a round, and slots of a connection lie a reply apart.
  @Test(arguments: [1, 2, 5, 8, 13], [1, 3, 8])
  func aRoundHasEveryClassOnce(classes: Int, connections: Int) throws {
    let plan = try ProbePlan(classes: classes, connections: connections, followsSchedule: false, policy: policy)
    var places: [Int] = []
    for connection in 0..<connections {
      for slot in 0..<plan.slots {
        if let place = plan.place(slot: slot, connection: connection) { places.append(place) }
        #expect(plan.offset(slot: slot, connection: connection) < plan.round)
      }
    }
    #expect(places.sorted() == Array(0..<classes))
    #expect(plan.interval > policy.timing.deadline + policy.timing.jitter.cap)
  }

  @Test func aRoundThatFollowsTheScheduleIsAStep() throws {
    let plan = try ProbePlan(classes: 6, connections: nil, followsSchedule: true, policy: policy)
    #expect(plan.round == policy.timing.tick)
    #expect(plan.offset(slot: plan.slots - 1, connection: plan.connections - 1) < policy.timing.tick * 9 / 10)
    #expect(throws: ProbePlan.Impossible.self) {
      try ProbePlan(classes: 6, connections: 1, followsSchedule: true, policy: policy)
    }
    #expect(throws: ProbePlan.Impossible.self) {
      try ProbePlan(classes: 6, connections: 65, followsSchedule: false, policy: policy)
    }
  }

  // MARK: What it notes

  private func run(
    _ departures: Departures, rounds: Int = 20, classes: [ProbeClass] = [.cover, .denied(.fallback), .malformed]
  ) async throws -> [ProbedConnection] {
    try await withLinkServer(mesh.identity("gateway/g1"), codec: codec, departures: departures) { _, address in
      let target = try ProbeTarget(
        address: address, expecting: mesh.id("gateway/g1"), codec: codec, identity: mesh.identity("controller/x"))
      let plan = try ProbePlan(
        classes: classes.count, connections: 2, followsSchedule: false, policy: policy)
      let probe = TimingProbe(
        target: target, classes: classes, plan: plan, schedule: nil, site: "x", rounds: rounds)
      return try await probe.run { _ in }
    }
  }

  @Test func exchangesAreNotedAsTheyPass() async throws {
    let pacing = Pacing(deadline: .milliseconds(40), jitter: .uniform(upTo: .zero))
    let connections = try await run(Departures(.paced(pacing)))
    #expect(connections.count == 2)
    let exchanges = connections.flatMap(\.exchanges).filter { $0.label != nil }
    // Slots whose moment was over, on a machine that has no time, are left out.
    #expect(exchanges.count > 30 && exchanges.count <= 60)
    for exchange in exchanges {
      #expect(exchange.request == [codec.bytes + 22])
      #expect(exchange.reply == [codec.bytes + 22])
      #expect(exchange.arrival - exchange.departure >= 0.04)
    }
    let expected: [String: Message.Status] = ["cover": .ok, "denied": .refused, "malformed": .malformed]
    #expect(exchanges.allSatisfy { $0.status == expected[$0.label ?? ""] })
    #expect(connections.allSatisfy { $0.exchanges.first?.label == nil })
  }

  @Test func whoIsNotExpectedIsRefused() async throws {
    await #expect(throws: TransportError.self) {
      try await withLinkServer(mesh.identity("gateway/g2"), codec: codec) { _, address in
        let target = try ProbeTarget(
          address: address, expecting: mesh.id("gateway/g1"), codec: codec, identity: mesh.identity("controller/x"))
        let plan = try ProbePlan(classes: 1, connections: 1, followsSchedule: false, policy: policy)
        _ = try await TimingProbe(
          target: target, classes: [.cover], plan: plan, schedule: nil, site: "x", rounds: 1
        ).run { _ in }
      }
    }
  }
}
