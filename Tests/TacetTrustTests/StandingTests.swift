import Foundation
import SeededGenerator
import TacetTrust
import Testing

/// The way through the standings.
@Suite struct StandingTests {
  private static func agreeing(_ agreement: Double) -> Evidence {
    Evidence(.distance, agreement: agreement, reason: "seen", at: Mesh.time)
  }

  /// The standings that a peer goes through, with the number of observations in each.
  private func standings(after agreements: [Double]) -> [(Standing, Int)] {
    var book = Mesh().book
    var seen: [(Standing, Int)] = []
    for agreement in agreements {
      book.observe(Self.agreeing(agreement), of: "a", for: .answer)
      let standing = book.record(of: "a", for: .answer)?.standing ?? .newcomer
      if let last = seen.last, last.0 == standing { seen[seen.count - 1].1 += 1 } else { seen.append((standing, 1)) }
    }
    return seen
  }

  @Test func aNewcomerIsTrustedAfterItsProbation() {
    let seen = standings(after: Array(repeating: 1, count: 30))
    #expect(seen.map(\.0) == [.newcomer, .trusted])
    #expect(seen.first?.1 == 19)
  }

  @Test func quarantineProbationAndBack() {
    let seen = standings(
      after: Array(repeating: 1, count: 30) + Array(repeating: 0, count: 30) + Array(repeating: 1, count: 60))
    #expect(seen.map(\.0) == [.newcomer, .trusted, .quarantine, .probation, .trusted])
    #expect(seen[3].1 == 20)
  }

  /// One lie on probation, and the next stay is twice as long.
  @Test func aFallFromProbationDoublesTheStay() {
    var book = Mesh().book
    var stays: [Int] = []
    for _ in 0..<4 {
      while book.record(of: "a", for: .answer)?.standing != .quarantine {
        book.observe(Self.agreeing(0), of: "a", for: .answer)
      }
      var stay = 0
      while book.record(of: "a", for: .answer)?.standing == .quarantine {
        book.observe(Self.agreeing(1), of: "a", for: .answer)
        stay += 1
      }
      stays.append(stay)
    }
    #expect(stays == [20, 40, 80, 160].map { $0 })
  }

  @Test func weightsGoByStanding() {
    var book = Mesh(["a", "b", "c", "d"]).book
    for _ in 0..<40 { book.observe(Self.agreeing(1), of: "a", for: .answer) }
    for _ in 0..<40 { book.observe(Self.agreeing(0), of: "b", for: .answer) }
    for _ in 0..<5 { book.observe(Self.agreeing(0), of: "c", for: .answer) }
    while book.record(of: "c", for: .answer)?.standing != .probation {
      book.observe(Self.agreeing(1), of: "c", for: .answer)
    }
    let weights = book.weights(of: ["a", "b", "c", "d", "stranger"], for: .answer)
    let scores = book.scores(for: .answer)
    #expect(weights["a"] == scores["a"] && scores["a"] ?? 0 > 0.9)
    #expect(weights["b"] == 0 && weights["stranger"] == 0)
    #expect(weights["c"] == (scores["c"] ?? 0) / 4)
    #expect(weights["d"] == 0.125)
    // In what nothing was seen of them all are newcomers still, and equal.
    #expect(Set(book.weights(of: ["a", "b", "c", "d"], for: .refresh).values) == [0.125])
  }

  /// Lateness, an expired certificate, somebody else at the address: whoever has the network can make them happen.
  @Test func whatTheNetworkCanDoNeverQuarantines() {
    var generator = SeededGenerator(seed: 11)
    var parameters = Mesh.parameters
    parameters.threshold = 0.49
    for _ in 0..<200 {
      var book = Mesh(parameters: parameters).book
      for _ in 0..<200 {
        let item: Evidence =
          Bool.random(using: &generator)
          ? .late(at: Mesh.time) : .absent(reason: "the certificate expired", at: Mesh.time)
        book.observe(item, of: "a", for: .answer)
        #expect(book.record(of: "a", for: .answer)?.standing != .quarantine)
      }
    }
  }

  /// Silence earns nothing: neither trust, nor the way out of quarantine.
  @Test func whoSaysNothingStaysWhereItIs() {
    var book = Mesh().book
    for _ in 0..<40 { book.observe(Self.agreeing(0), of: "b", for: .answer) }
    for _ in 0..<30 { book.observe(Self.agreeing(1), of: "c", for: .answer) }
    let before = book.scores(for: .answer)
    for _ in 0..<500 {
      for peer in ["a", "b", "c"] {
        book.observe(.late(at: Mesh.time), of: peer, for: .answer)
        book.observe(.absent(reason: "the certificate expired", at: Mesh.time), of: peer, for: .answer)
      }
    }
    let after = book.scores(for: .answer)
    #expect(book.standings(for: .answer) == ["a": .newcomer, "b": .quarantine, "c": .trusted])
    #expect(after["a"] == before["a"] && after["b"] == before["b"])
    #expect((after["c"] ?? 0) < (before["c"] ?? 0) && (after["c"] ?? 0) > 0.35)
  }

  /// A newcomer is not trusted for a few good answers and a long silence.
  @Test func silenceIsNoPartOfTheProbation() {
    var book = Mesh().book
    for _ in 0..<10 { book.observe(Self.agreeing(1), of: "a", for: .answer) }
    #expect(book.scores(for: .answer)["a"] ?? 0 > Evidence.agreementOfLate)
    for _ in 0..<100 { book.observe(.late(at: Mesh.time), of: "a", for: .answer) }
    #expect(book.record(of: "a", for: .answer)?.standing == .newcomer)
    for _ in 0..<10 { book.observe(Self.agreeing(1), of: "a", for: .answer) }
    #expect(book.record(of: "a", for: .answer)?.standing == .trusted)
  }

  @Test func aRevokedCertificateIsQuarantineInEverything() {
    var book = Mesh().book
    for _ in 0..<100 { book.observe(Self.agreeing(1), of: "a", for: .answer) }
    book.observe(.revoked(serial: "0a", at: Mesh.time), of: "a")
    for capability in Capability.allCases { #expect(book.quarantined(for: capability) == ["a"]) }
    #expect(book.record(of: "a", for: .answer)?.evidence.last?.reason == "its certificate 0a was revoked")
  }

  @Test func aContradictedCheckpointOutweighsAllThatWasSeen() {
    var book = Mesh().book
    for _ in 0..<100 { book.observe(.checkpointKept(at: Mesh.time), of: "a", for: .release) }
    #expect(book.scores(for: .release)["a"] ?? 0 > 0.9)
    book.observe(.checkpointContradicted(reason: "rolled back", at: Mesh.time), of: "a", for: .release)
    #expect(book.quarantined(for: .release) == ["a"] && book.quarantined(for: .answer).isEmpty)
  }

  @Test func evidenceIsBoundedAndRunsAreOne() {
    var book = Mesh().book
    for round in 0..<1000 {
      let time = Mesh.time.addingTimeInterval(Double(round))
      book.observe(.late(at: time), of: "a", for: .answer)
      book.observe(Evidence(.distance, agreement: 0, reason: "\(round)", at: time), of: "b", for: .answer)
    }
    let late = book.record(of: "a", for: .answer)?.evidence ?? []
    #expect(late.count == 1 && late.first?.count == 1000 && late.first?.first == Mesh.time)
    #expect(late.first?.last == Mesh.time.addingTimeInterval(999))
    let lies = book.record(of: "b", for: .answer)?.evidence ?? []
    #expect(lies.count == TrustRecord.mostEvidence && lies.last?.reason == "999")
    #expect(
      Evidence(.form, agreement: 0, reason: String(repeating: "x", count: 999), at: Mesh.time).reason.count == 200)
  }

  @Test func aFullBookTakesInNewcomersForNewcomersAlone() {
    var book = TrustBook(founders: [String](), parameters: Mesh.parameters, at: Mesh.time)
    for number in 0..<TrustBook.mostPeers { book.admit("p\(number)", at: Mesh.time) }
    for _ in 0..<30 { book.observe(Self.agreeing(0), of: "p0", for: .answer) }
    #expect(book.peers.count == TrustBook.mostPeers)
    let isIn = book.admit("new", at: Mesh.time.addingTimeInterval(1))
    #expect(isIn)
    #expect(book.peers.count == TrustBook.mostPeers && book.peers.contains("p0") && book.peers.contains("new"))
    for number in 0..<TrustBook.mostPeers { book.observe(.revoked(serial: "1", at: Mesh.time), of: "p\(number)") }
    book.observe(.revoked(serial: "1", at: Mesh.time), of: "new")
    let another = book.admit("another", at: Mesh.time)
    #expect(!another && !book.peers.contains("another"))
  }
}
