import Foundation
import TacetInference
import TacetLog
import TacetRefresh
import TacetTrust
import TacetWire
import Testing

@testable import TacetMesh

/// Whom a gateway hears in a refresh, and what it tells of the newest student.
@Suite struct RefreshDeskTests {
  private let bench: RefreshFixture
  private static let devices = Set((1...5).map { "camera/site-\($0)" })

  init() throws { bench = try RefreshFixture() }

  private var zeros: [Int16] {
    [Int16](repeating: 0, count: bench.model.manifest.horizon * bench.model.studentFeatures)
  }

  @Test func aDeviceSpeaksOnceInARoundAndOfTheNewestHead() async throws {
    let desk = try bench.desk(bench.trust(["camera/site-1"]), ["camera/site-1"])
    func accept(_ revision: String, _ device: String, _ step: Int) async -> Message.Status {
      await desk.accept(zeros, revision: revision, from: device, step: step)
    }
    #expect(await accept("1", "camera/site-1", 32) == .unavailable)
    #expect(await accept("00", "camera/site-1", 32) == .unavailable)
    #expect(await accept("0", "camera/site-1", 31) == .unavailable)
    #expect(await accept("0", "camera/site-1", 32) == .ok)
    #expect(await accept("0", "camera/site-1", 32) == .unavailable)
    #expect(await accept("0", "camera/site-2", 32) == .ok)
    await desk.conclude(0)
    #expect(await accept("0", "camera/site-3", 32) == .unavailable)
    // Two are too few for two liars: nothing was published.
    #expect(try bench.log.versions().isEmpty)
  }

  /// Who is in quarantine is not heard: what it says is not even looked at. And it is one liar less that may be among the rest, or four would
  /// be too few.
  @Test func whoIsInQuarantineIsLeftOut() async throws {
    let bench = try RefreshFixture(["rule: trimmed-mean\n  trim: 2 #": "rule: median #"])
    let trust = try bench.trust(Self.devices)
    let liar = "camera/site-3"
    await trust.observe(.checkpointContradicted(reason: "a test", at: Date()), of: liar, for: .refresh)
    #expect(await trust.current.quarantined(for: .refresh) == [liar])
    let desk = try bench.desk(trust, Self.devices)
    for device in Self.devices {
      let values = device == liar ? [1, 2, 3] : zeros
      #expect(await desk.accept(values, revision: "0", from: device, step: 32) == .ok)
    }
    await desk.conclude(0)
    let record = try #require(try Journal.read(from: bench.folder).compactMap(\.refresh).first)
    #expect(record.devices == Self.devices.sorted() && record.quarantined == [liar])
    // Three numbers are a lie of whoever is heard.
    #expect(record.liars.isEmpty && record.failure == nil, "\(record)")
  }

  /// Devices say what they say of a head: until the round's is known, the one before is not the newest.
  @Test func nothingIsTheNewestBeforeTheConclusion() async throws {
    try bench.publish(adding: 0)
    let part = Message.Part(index: 0, count: 4)
    // A round is concluded 34 steps after its beginning.
    let early = try bench.desk(bench.trust(Self.devices), Self.devices, at: 33)
    #expect(await early.student(part).status == .ok)
    let late = try bench.desk(bench.trust(Self.devices), Self.devices, at: 36)
    #expect(await late.student(part) == (.unavailable, nil))
    await late.conclude(0)
    #expect(await late.student(part).bytes?.isEmpty == false)
    #expect(await late.student(.whole) == (.malformed, nil))
  }

  @Test func nothingWasPublishedIsAnAnswer() async throws {
    let desk = try bench.desk(bench.trust(Self.devices), Self.devices)
    #expect(await desk.student(.whole) == (.unknown, nil))
  }

  /// A gateway that begins late has nothing to conclude of what was before.
  @Test func aGatewayThatBeginsLateGoesOn() async throws {
    let desk = try bench.desk(bench.trust(Self.devices), Self.devices, at: 3 * 30 + 10)
    let run = Task { await desk.run() }
    for _ in 0..<3000 where await desk.student(.whole).status != .unknown {
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(await desk.student(.whole).status == .unknown)
    run.cancel()
    #expect(try Journal.read(from: bench.folder).isEmpty)
  }

  /// An event that is in more samples than is paid for is hidden less than the policy says: neither end goes on.
  @Test func anEventThatReachesFartherThanIsPaidForIsRefusedAtBothEnds() throws {
    let short = try RefreshFixture(["reach: 9": "reach: 8"])
    let site = #expect(throws: RefreshError.self) { try short.site() }
    let desk = #expect(throws: RefreshError.self) { try short.desk(short.trust(Self.devices), Self.devices) }
    for refusal in [site, desk] {
      #expect(refusal?.description.contains("raise refresh.reach") == true)
    }
  }

  /// As many devices may lie as the refresh stands, however many gateways may.
  @Test func aGatewayBelievesDevicesAsTheRefreshDoes() throws {
    #expect(bench.policy.trust.parameters.trim == 3)
    #expect(DeviceTrust.parameters(bench.policy).trim == 2)
    let without = try RefreshFixture(["byzantine: 2": "byzantine: 1", "trim: 2": "trim: 1"])
    #expect(DeviceTrust.parameters(without.policy).trim == 1)
  }
}
