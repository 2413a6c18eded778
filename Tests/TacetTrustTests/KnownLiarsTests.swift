import Foundation
import TacetTrust
import Testing

/// Who counts as a liar that is known, and what is learnt where nothing can be decided.
@Suite struct KnownLiarsTests {
  private static func mesh(_ count: Int, trim: Int) -> Mesh {
    var parameters = Mesh.parameters
    parameters.trim = trim
    return Mesh((0..<count).map { "p\($0)" }, parameters: parameters)
  }

  private static func answers(_ mesh: Mesh, liars: Set<String>) -> [String: [Float]] {
    Dictionary(uniqueKeysWithValues: mesh.members.map { ($0, [liars.contains($0) ? 100 : 1]) })
  }

  /// An honest peer whose certificate was revoked is in quarantine, and no liar: the others may still be two.
  @Test func aRevokedPeerIsNotOneOfTheLiars() {
    var mesh = Self.mesh(7, trim: 2)
    for _ in 0..<40 { _ = mesh.judge(Self.answers(mesh, liars: [])) }
    mesh.book.observe(.revoked(serial: "1", at: Mesh.time), of: "p0")
    for _ in 0..<60 { #expect(mesh.judge(Self.answers(mesh, liars: ["p5", "p6"])).result == [1]) }
    #expect(mesh.quarantined == ["p0", "p5", "p6"] || mesh.quarantined == ["p5", "p6"])
  }

  /// Five, of which two may lie, less one that is revoked: two of the four that are left cannot be outvoted, and do not win.
  @Test func twoOfFourDoNotWinWhereOneIsRevoked() {
    var mesh = Self.mesh(5, trim: 2)
    for _ in 0..<40 { _ = mesh.judge(Self.answers(mesh, liars: [])) }
    mesh.book.observe(.revoked(serial: "1", at: Mesh.time), of: "p0")
    for _ in 0..<60 { #expect(mesh.judge(Self.answers(mesh, liars: ["p3", "p4"])).result == nil) }
    #expect(mesh.quarantined == ["p0"])
  }

  /// Liars that were repaired are none any more, though they are not trusted yet: two others may lie.
  @Test func whoTellsTheTruthAgainIsNotOneOfTheLiars() {
    var mesh = Self.mesh(7, trim: 2)
    for _ in 0..<40 { _ = mesh.judge(Self.answers(mesh, liars: [])) }
    for _ in 0..<30 { _ = mesh.judge(Self.answers(mesh, liars: ["p5", "p6"])) }
    #expect(mesh.quarantined == ["p5", "p6"])
    _ = mesh.judge(Self.answers(mesh, liars: []))
    for _ in 0..<200 { #expect(mesh.judge(Self.answers(mesh, liars: ["p0", "p1"])).result == [1]) }
    #expect(mesh.quarantined == ["p0", "p1"])
  }

  /// A device whose ledger was restored from a backup, and two that send what is far from all noise.
  @Test func aRestoredLedgerMakesNoLiarsOfTheRest() {
    var mesh = Self.mesh(8, trim: 2)
    mesh.capability = .refresh
    mesh.book.observe(.checkpointContradicted(reason: "rolled back", at: Mesh.time), of: "p0", for: .refresh)
    for _ in 0..<30 {
      let sums = Dictionary(
        uniqueKeysWithValues: mesh.members.map {
          ($0, [Float](repeating: ["p6", "p7"].contains($0) ? 30_000 : 100, count: 64))
        })
      _ = mesh.judge(sums, dimension: 64, by: .noise(NoiseBound(scale: 1872, radius: 0)))
    }
    #expect(mesh.quarantined.isSubset(of: ["p0", "p6", "p7"]) && mesh.quarantined.isSuperset(of: ["p6", "p7"]))
  }

  /// Whatever brought all of them into quarantine, they return.
  @Test func whereAllAreInQuarantineTheHonestReturn() {
    var mesh = Self.mesh(5, trim: 2)
    for peer in mesh.members { mesh.book.observe(.revoked(serial: "1", at: Mesh.time), of: peer) }
    #expect(mesh.quarantined == mesh.members)
    for _ in 0..<200 {
      let result = mesh.judge(Self.answers(mesh, liars: ["p3", "p4"])).result
      #expect(result == nil || result == [1])
    }
    #expect(mesh.quarantined == ["p3", "p4"])
  }

  /// Of seven three may lie: without the seventh there is no result. That it says nothing, or what has no shape, is seen all the same.
  @Test(arguments: [nil, [], [Float.nan]] as [[Float]?]) func silenceIsEvidenceWithoutAResult(answer: [Float]?) {
    var mesh = Self.mesh(7, trim: 3)
    for _ in 0..<40 { _ = mesh.judge(Self.answers(mesh, liars: [])) }
    let before = mesh.scores
    // Two say nothing: one misshapen answer is a liar that is known.
    for _ in 0..<20 {
      var answers = Self.answers(mesh, liars: [])
      answers["p5"] = nil
      answers["p6"] = answer
      _ = mesh.judge(answers)
    }
    #expect((mesh.scores["p5"] ?? 1) < (before["p5"] ?? 0) && (mesh.scores["p6"] ?? 1) < (before["p6"] ?? 0))
    #expect(mesh.quarantined == (answer == nil ? [] : ["p6"]))
    // Of seven less one that is known, less one that is late, two liars can be outvoted; without a result nobody is judged.
    #expect(answer != nil || mesh.scores["p0"] == before["p0"])
  }

  /// The founders are gone, or in quarantine: those who came first, one at a time, are not outweighed by a crowd.
  @Test(arguments: [true, false]) func aCrowdHasItsCapWithoutFounders(founderLeaves: Bool) {
    var parameters = Mesh.parameters
    parameters.trim = 3
    var book = TrustBook(founders: ["f"], parameters: parameters, at: Mesh.time)
    let honest = (0..<7).map { "h\($0)" }
    let crowd = (0..<20).map { "s\($0)" }
    for (place, peer) in honest.enumerated() {
      book.admit(peer, issuer: "one", at: Mesh.time.addingTimeInterval(Double(place + 1) * 2 * 86_400))
    }
    for peer in crowd { book.admit(peer, issuer: "one", at: Mesh.time.addingTimeInterval(100 * 86_400)) }
    let members = Set(honest + crowd).union(founderLeaves ? [] : ["f"])
    let round = TrustRound(.answer, members: members, at: Mesh.time)
    func answers(crowd value: Float) -> [String: [Float]] {
      var answers = Dictionary(uniqueKeysWithValues: members.map { ($0, [1 as Float]) })
      for peer in crowd { answers[peer] = [value] }
      answers["f"] = founderLeaves ? nil : [.nan]
      return answers
    }
    for _ in 0..<60 { _ = book.judge(answers(crowd: 1), dimension: 1, in: round) }
    let weights = book.weights(of: members, for: .answer)
    let share = crowd.reduce(0) { $0 + (weights[$1] ?? 0) } / weights.values.reduce(0, +)
    #expect(share <= parameters.batchCap + 1e-9)
    #expect(book.judge(answers(crowd: 100), dimension: 1, in: round).result == [1])
  }
}
