import SeededGenerator
import TacetTrust
import Testing

/// A result that does not wait is near the one that would have come of all, whatever the rest say: liars that are known, revoked peers, and
/// meshes in which all are in quarantine included.
@Suite struct EarlyResultTests {
  private static func mesh(_ count: Int, using random: inout SeededGenerator) -> Mesh {
    var parameters = Mesh.parameters
    parameters.trim = Int.random(in: 1...max(1, (count - 1) / 2), using: &random)
    var mesh = Mesh((0..<count).map { "p\($0)" }, parameters: parameters)
    let lying = Set(
      mesh.members.sorted().shuffled(using: &random).prefix(Int.random(in: 0...parameters.trim, using: &random)))
    for _ in 0..<30 {
      _ = mesh.judge(Dictionary(uniqueKeysWithValues: mesh.members.map { ($0, [lying.contains($0) ? 9 : 1]) }))
    }
    for peer in mesh.members.sorted() where Int.random(in: 0..<6, using: &random) == 0 {
      mesh.book.observe(.revoked(serial: "1", at: Mesh.time), of: peer)
    }
    if Int.random(in: 0..<10, using: &random) == 0 {
      for peer in mesh.members { mesh.book.observe(.revoked(serial: "1", at: Mesh.time), of: peer) }
    }
    return mesh
  }

  private static func answer(using random: inout SeededGenerator) -> [Float]? {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: nil
    case 1: [.nan]
    case 2: []
    case 3: [Float.random(in: -1e6...1e6, using: &random)]
    default: [Float.random(in: 0.9...1.1, using: &random)]
    }
  }

  @Test func whatTheRestSayChangesNoMoreThanWasSaid() {
    let seed = UInt64.random(in: .min ... .max)
    print("early results: seed \(seed)")
    var random = SeededGenerator(seed: seed)
    var early = 0
    for _ in 0..<3000 {
      let mesh = Self.mesh(Int.random(in: 3...9, using: &random), using: &random)
      let round = TrustRound(.answer, members: mesh.members, at: Mesh.time)
      let late = Set(mesh.members.sorted().shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)))
      var answers: [String: [Float]] = [:]
      for peer in mesh.members.sorted() where !late.contains(peer) { answers[peer] = Self.answer(using: &random) }
      guard let result = mesh.book.early(answers, dimension: 1, in: round) else { continue }
      early += 1
      for _ in 0..<10 {
        var whole = answers
        for peer in mesh.members.sorted() where answers[peer] == nil { whole[peer] = Self.answer(using: &random) }
        var book = mesh.book
        let final = book.judge(whole, dimension: 1, in: round).result?.first
        guard let final, let before = result.result.first else {
          Issue.record("seed \(seed): a result that was made early is gone")
          continue
        }
        #expect(abs(Double(final) - Double(before)) <= result.largestChange * (1 + 1e-5) + 1e-6, "seed \(seed)")
      }
    }
    #expect(early > 300, "seed \(seed)")
  }
}
