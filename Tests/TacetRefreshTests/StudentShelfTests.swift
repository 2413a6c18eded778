import Foundation
import TacetInference
import TacetLog
import Testing

@testable import TacetRefresh

@Suite struct StudentShelfTests {
  private let sandbox: RefreshSandbox
  private let signer: NoteSigner
  private let log: ModelLog
  private let model: ModelPack
  /// Adds 2 to each forecast; takes 2 away.
  private let up: [Float] = [2, 0, 2, 0, 2, 0, 2, 0]
  private var down: [Float] { up.map { -$0 } }

  init() throws {
    sandbox = try RefreshSandbox()
    signer = try NoteSigner(name: "models.example")
    log = ModelLog(file: sandbox.file("models.log"), key: signer.verifier)
    model = try RefreshSandbox.pack()
  }

  private func shelf() throws -> StudentShelf {
    try StudentShelf(model: model, key: signer.verifier, file: sandbox.file("student.json"), canary: 10)
  }

  private func published(
    _ head: [Float], model name: String? = nil, student: String? = nil, by key: NoteSigner? = nil
  ) throws -> InclusionProof {
    let log = key.map { ModelLog(file: sandbox.file("other.log"), key: $0.verifier) } ?? log
    let name = name ?? model.manifest.model
    _ = try log.publish(
      RefreshSandbox.head(head), of: name, student: student ?? model.studentDigest, at: Date(), signer: key ?? signer)
    return try #require(try log.newest(of: name))
  }

  /// What was decided on so many samples that are off by `bias`.
  private func decisions(_ shelf: inout StudentShelf, _ steps: Range<Int>, bias: Float) throws
    -> [StudentShelf.Decision]
  {
    var made: [StudentShelf.Decision] = []
    for step in steps {
      if let decision = try shelf.observe(RefreshSandbox.sample(step, bias: bias)) { made.append(decision) }
    }
    return made
  }

  @Test func aHeadThatIsBetterIsTakenOnceTheCanaryIsFull() throws {
    var shelf = try shelf()
    let isNewer = try shelf.learn(published(up))
    #expect(isNewer && shelf.revision == 0)
    let early = try decisions(&shelf, 0..<9, bias: 2)
    #expect(early.isEmpty)
    let made = try decisions(&shelf, 9..<10, bias: 2)
    #expect(made == [StudentShelf.Decision(outcome: .taken, revision: 1, with: 0, without: 2)])
    #expect(try shelf.revision == 1 && shelf.head.coefficients == up)
    let later = try decisions(&shelf, 10..<40, bias: 2)
    #expect(later.isEmpty && shelf.revision == 1)
  }

  @Test func aHeadThatIsWorseNeverComesIntoForce() throws {
    var shelf = try shelf()
    _ = try shelf.learn(published(down))
    let made = try decisions(&shelf, 0..<30, bias: 2)
    #expect(made == [StudentShelf.Decision(outcome: .refused, revision: 1, with: 4, without: 2)])
    #expect(try shelf.revision == 0 && shelf.head.coefficients == [Float](repeating: 0, count: 8))
  }

  /// What a device tells others must not depend on what it has seen: the published head is the same whether it took it or not.
  @Test func whatIsPublishedDoesNotDependOnWhatWasSeen() throws {
    let proof = try published(up)
    for bias: Float in [2, -2] {
      var shelf = try StudentShelf(
        model: model, key: signer.verifier, file: sandbox.file("\(bias).json"), canary: 10)
      _ = try shelf.learn(proof)
      _ = try decisions(&shelf, 0..<40, bias: bias)
      #expect(shelf.revision == (bias > 0 ? 1 : 0))
      #expect(try shelf.published.revision == 1 && shelf.published.head.coefficients == up)
    }
  }

  @Test func aHeadThatProvesWorseAfterwardsGoesBack() throws {
    var shelf = try shelf()
    _ = try shelf.learn(published(up))
    _ = try decisions(&shelf, 0..<10, bias: 2)
    #expect(shelf.revision == 1)
    let made = try decisions(&shelf, 10..<20, bias: -2)
    #expect(made == [StudentShelf.Decision(outcome: .rolledBack, revision: 1, with: 4, without: 2)])
    #expect(shelf.revision == 0)
    // It is not taken again, and a newer one is.
    let again = try shelf.learn(try #require(try log.newest(of: model.manifest.model)))
    #expect(!again)
    let after = try decisions(&shelf, 20..<40, bias: 2)
    #expect(after.isEmpty && shelf.revision == 0)
    _ = try shelf.learn(published(up))
    let newer = try decisions(&shelf, 40..<41, bias: 2)
    #expect(newer.map(\.revision) == [2] && shelf.revision == 2)
  }

  /// Heads that are each a little worse than the one before do not lead far from the student as it was trained.
  @Test func headsDoNotWalkDownhill() throws {
    var shelf = try shelf()
    var (step, taken) = (0, 0)
    for number in 1...20 {
      let bias = -0.015 * Float(number)
      _ = try shelf.learn(published([bias, 0, bias, 0, bias, 0, bias, 0]))
      taken += try decisions(&shelf, step..<(step + 30), bias: 1).count { $0.outcome == .taken }
      step += 30
    }
    #expect(taken <= 1)
    #expect(try RefreshSandbox.sample(0, bias: 1).error(with: shelf.head) <= 1.02)
  }

  /// A head that is harmless while it is tried, and not later, is taken back whenever that shows.
  @Test func aHeadThatIsHarmlessAtNightGoesBackByDay() throws {
    var shelf = try shelf()
    _ = try shelf.learn(published(up))
    let night = try decisions(&shelf, 0..<100, bias: 2)
    #expect(night.map(\.outcome) == [.taken])
    let day = try decisions(&shelf, 100..<130, bias: -2)
    #expect(day.map(\.outcome) == [.rolledBack] && shelf.revision == 0)
  }

  @Test func whatIsNotProvedIsNotLearned() throws {
    var shelf = try shelf()
    let good = try published(up)
    let forger = try NoteSigner(name: "models.example")
    var leaf = good.leaf
    leaf[30] ^= 1
    let lies = [
      try published(up, by: forger), try published(up, model: "another"),
      try published(up, student: String(repeating: "0", count: 64)), try published(up + [0, 0, 0, 0]),
      InclusionProof(leaf: leaf, index: good.index, hashes: good.hashes, checkpoint: good.checkpoint),
      InclusionProof(leaf: good.leaf, index: good.index + 1, hashes: good.hashes, checkpoint: good.checkpoint),
    ]
    for lie in lies {
      #expect(throws: RefreshError.self) { try shelf.learn(lie) }
    }
    #expect(try shelf.published.revision == 0)
    let isNewer = try shelf.learn(good)
    #expect(isNewer)
  }

  /// A proof of an entry that is no more the newest holds, too: to ask for the newest and be shown that is to be lied to.
  @Test func anOlderHeadIsNotBelievedToBeTheNewest() throws {
    var shelf = try shelf()
    _ = try published(up)
    _ = try shelf.learn(published(down))
    let old = try #require(try log.versions().first)
    var levels = MerkleLevels()
    for version in try log.versions() { levels.append(leafHash: MerkleHash(leaf: version.canonicalBytes)) }
    let checkpoint = try #require(try log.newest(of: model.manifest.model)).checkpoint
    let proof = InclusionProof(
      leaf: old.canonicalBytes, index: 0, hashes: try #require(levels.inclusionProof(index: 0, size: 2)),
      checkpoint: checkpoint)
    #expect(try !proof.verifiedLeaf(key: signer.verifier).isEmpty)
    #expect(throws: RefreshError.self) { try shelf.learn(proof) }
  }

  @Test func aLogThatWasCutIsNotBelieved() throws {
    var shelf = try shelf()
    let early = try published(up)
    let late = try published(down)
    _ = try shelf.learn(late)
    #expect(throws: RefreshError.self) { try shelf.learn(early) }
    // Nor another log of the same key that is shorter, whatever revision it has: two entries of another model come first in ours.
    for name in ["other", "another"] { _ = try published(up, model: name) }
    _ = try shelf.learn(published(up))
    let cut = ModelLog(file: sandbox.file("cut.log"), key: signer.verifier)
    for _ in 0..<4 {
      _ = try cut.publish(
        RefreshSandbox.head(down), of: model.manifest.model, student: model.studentDigest, at: Date(), signer: signer)
    }
    let shorter = try #require(try cut.newest(of: model.manifest.model))
    let refusal = #expect(throws: RefreshError.self) { try shelf.learn(shorter) }
    #expect(refusal?.description.contains("cut or rolled back") == true)
  }

  @Test func whatWasDecidedOutlivesTheProcess() throws {
    var first = try shelf()
    _ = try first.learn(published(up))
    _ = try decisions(&first, 0..<12, bias: 2)
    var second = try shelf()
    #expect(try second.revision == 1 && second.head.coefficients == up)
    // The trial goes on: nobody has said yet that it does no harm.
    let made = try decisions(&second, 0..<10, bias: -2)
    #expect(made.map(\.outcome) == [.rolledBack])
    #expect(try shelf().revision == 0)
  }

  @Test func aDamagedFileIsAnErrorThatNamesIt() throws {
    var shelf = try shelf()
    _ = try shelf.learn(published(up))
    let file = sandbox.file("student.json")
    try Data("{".utf8).write(to: file)
    let refusal = #expect(throws: RefreshError.self) { try self.shelf() }
    #expect(refusal?.kind == .badInput && refusal?.description.contains(file.path) == true)
  }
}
