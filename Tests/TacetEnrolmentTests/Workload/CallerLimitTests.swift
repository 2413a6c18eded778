import NIOCore
import NIOEmbedded
import Testing

@testable import TacetEnrolment
@testable import TacetIdentity

/// Places and calls, by user.
@Suite struct CallerLimitTests {
  private func grants() throws -> WorkloadGrants {
    let id = try SPIFFEID(trustDomain: TrustDomain("mesh.example"), path: "camera/site-1")
    return WorkloadGrants([1: [.init(id: id)], 2: [.init(id: id)]])
  }

  /// How many of `count` connections of a user get in.
  private func enter(_ uid: UInt32, _ count: Int, _ places: CallerPlaces, _ open: inout [EmbeddedChannel]) -> Int {
    var entered = 0
    for _ in 0..<count {
      let channel = EmbeddedChannel()
      if places.enter(channel, WorkloadCaller(uid: uid)) == nil { entered += 1 }
      open.append(channel)
    }
    return entered
  }

  @Test func strangersShareAFewPlaces() throws {
    var limits = WorkloadLimits()
    (limits.connections, limits.connectionsPerUser, limits.connectionsOfStrangers) = (12, 5, 4)
    let places = CallerPlaces(limits: limits, grants: try grants())
    var open: [EmbeddedChannel] = []
    #expect(enter(9, 3, places, &open) == 3)
    #expect(enter(8, 3, places, &open) == 1)
    #expect(enter(1, 6, places, &open) == 5)
    // Of all places, three are left.
    #expect(enter(2, 6, places, &open) == 3)
    for channel in open { channel.close(promise: nil) }
    for channel in open { channel.embeddedEventLoop.run() }
    // All of them are free again.
    #expect(enter(8, 6, places, &open) == 4)
    #expect(enter(2, 6, places, &open) == 5)
    for channel in open.suffix(12) { channel.close(promise: nil) }
  }

  @Test func callsAreCountedByUserAndOfStrangersTogether() throws {
    var limits = WorkloadLimits()
    (limits.callBurst, limits.callsPerSecond) = (3, 2)
    let rate = CallRate(limits: limits, grants: try grants())
    let start = ContinuousClock.now
    let calls = { (uid: UInt32, seconds: Int) in
      (0..<9).filter { _ in rate.admits(WorkloadCaller(uid: uid), at: start + .seconds(seconds)) }.count
    }
    #expect(calls(8, 0) == 3)
    #expect(calls(9, 0) == 0)
    #expect(calls(1, 0) == 3)
    #expect(calls(2, 0) == 3)
    #expect(calls(9, 1) == 2)
    #expect(calls(8, 1) == 0)
    #expect(calls(1, 60) == 3)
    // A clock that goes back gives nothing.
    #expect(calls(1, 0) == 0)
  }

  @Test func nobodyIsTheUserWithoutANumber() throws {
    let id = try SPIFFEID(trustDomain: TrustDomain("mesh.example"), path: "camera/site-1")
    #expect(WorkloadGrants([65534: [.init(id: id)]]).isEmpty)
  }
}
