import Foundation
import TacetLog
import Testing

/// A witness believes the first checkpoint, and then only what continues it.
@Suite struct WitnessTests {
  /// A log whose leaves are texts, signed by a key of its own.
  private struct Log {
    let signer: NoteSigner
    var leaves: [String] = []

    init(name: String = "log/one") throws { signer = try NoteSigner(name: name) }

    var key: String { signer.verifier.description }

    func tree(_ size: Int) -> MerkleTree {
      leaves.prefix(size).reduce(into: MerkleTree()) { $0.append(Array($1.utf8)) }
    }

    func shown(_ size: Int, from: Int = 0) throws -> ShownCheckpoint {
      let tree = tree(size)
      let checkpoint = try Checkpoint(origin: signer.verifier.name, size: UInt64(size), root: tree.root)
      let proof =
        from > size
        ? []
        : MerkleTree.consistencyProof(from: UInt64(from), to: UInt64(size)) { MerkleHash(leaf: leaves[Int($0)].utf8) }
      return ShownCheckpoint(
        key: key, note: try signer.sign(checkpoint.text).description, from: UInt64(from), proof: proof ?? [])
    }
  }

  private func log(_ count: Int) throws -> Log {
    var log = try Log()
    log.leaves = (0..<count).map { "leaf \($0)" }
    return log
  }

  @Test func growthIsAccepted() throws {
    let log = try log(40)
    var witness = Witness(of: "camera/a")
    var last = 0
    for size in [0, 1, 2, 7, 8, 8, 23, 40] {
      #expect(try witness.examine(log.shown(size, from: last), at: 5) == .accepted(size: UInt64(size)))
      #expect(witness.size == UInt64(size))
      last = size
    }
    #expect(witness.key == log.key && witness.time == 5 && witness.refusal == nil)
  }

  @Test func aShorterLogIsRefusedAndRemembered() throws {
    let log = try log(20)
    var witness = Witness(of: "camera/a")
    _ = try witness.examine(log.shown(20), at: 1)
    let before = witness.checkpoint
    #expect(try witness.examine(log.shown(19, from: 20), at: 2) == .refused(.rolledBack))
    #expect(try witness.examine(log.shown(0), at: 3) == .refused(.rolledBack))
    #expect(witness.checkpoint == before && witness.size == 20)
    #expect(witness.refusal?.reason == .rolledBack && witness.refusal?.time == 3)
    #expect(witness.refusal?.checkpoint == (try log.shown(0).note))
  }

  @Test func itsGoodNameComesBackWithTheRightLog() throws {
    let log = try log(20)
    var witness = Witness(of: "camera/a")
    _ = try witness.examine(log.shown(10), at: 1)
    _ = try witness.examine(log.shown(9), at: 2)
    #expect(try witness.examine(log.shown(11, from: 10), at: 3) == .accepted(size: 11))
    #expect(witness.refusal == nil)
  }

  @Test(arguments: [10, 11, 16, 30]) func aForkIsRefused(size: Int) throws {
    let log = try log(40)
    var fork = log
    fork.leaves = (0..<40).map { $0 >= 9 ? "other \($0)" : "leaf \($0)" }
    var witness = Witness(of: "camera/a")
    _ = try witness.examine(log.shown(10), at: 1)
    #expect(try witness.examine(fork.shown(size, from: 10), at: 2) == .refused(.forked))
    #expect(witness.size == 10)
  }

  @Test func aLaterLogWithoutTheRightProofIsNotBelieved() throws {
    let log = try log(40)
    var witness = Witness(of: "camera/a")
    _ = try witness.examine(log.shown(10), at: 1)
    #expect(try witness.examine(log.shown(20, from: 0), at: 2) == .unproven(remembered: 10))
    #expect(try witness.examine(log.shown(20, from: 9), at: 2) == .unproven(remembered: 10))
    #expect(witness.size == 10 && witness.refusal == nil)
    #expect(try witness.examine(log.shown(30), at: 2) == .unproven(remembered: 10))
    #expect(try witness.examine(log.shown(30), at: 3) == .refused(.unproven))
    #expect(witness.refusal?.reason == .unproven && witness.size == 10)
    let shown = try log.shown(20, from: 10)
    for proof in [[], Array(shown.proof.dropLast()), shown.proof + [.empty], shown.proof.map { _ in .empty }] {
      let false_ = ShownCheckpoint(key: shown.key, note: shown.note, from: 10, proof: proof)
      #expect(witness.examine(false_, at: 2) == .refused(.forked))
    }
    #expect(witness.size == 10)
  }

  @Test func anotherKeyIsRefused() throws {
    let log = try log(10)
    var other = try Log()
    other.leaves = (0..<30).map { "leaf \($0)" }
    var witness = Witness(of: "camera/a")
    _ = try witness.examine(log.shown(10), at: 1)
    #expect(try witness.examine(other.shown(10), at: 2) == .refused(.otherKey))
    #expect(try witness.examine(other.shown(30, from: 10), at: 2) == .refused(.otherKey))
    #expect(witness.key == log.key)
  }

  @Test func whatIsNotSignedIsRefused() throws {
    let log = try log(10)
    let other = try Log()
    var witness = Witness(of: "camera/a")
    let shown = try log.shown(10)
    let unsigned = ShownCheckpoint(key: other.key, note: shown.note, from: 0, proof: [])
    #expect(witness.examine(unsigned, at: 1) == .refused(.unsigned))
    let changed = shown.note.replacingOccurrences(of: "\n10\n", with: "\n11\n")
    #expect(changed != shown.note)
    let altered = ShownCheckpoint(key: log.key, note: changed, from: 0, proof: [])
    #expect(witness.examine(altered, at: 1) == .refused(.unsigned))
    #expect(witness.checkpoint == nil && witness.key == nil)
    for (key, note) in [("", shown.note), (log.key, ""), (log.key, "x\n\n— a b\n"), ("log/one+0+AA==", shown.note)] {
      let malformed = ShownCheckpoint(key: key, note: note, from: 0, proof: [])
      #expect(witness.examine(malformed, at: 1) == .refused(.malformed))
    }
    let text = try log.signer.sign("log/one\nnot a size\n").description
    #expect(
      witness.examine(ShownCheckpoint(key: log.key, note: text, from: 0, proof: []), at: 1) == .refused(.malformed))
    let elsewhere = try Checkpoint(origin: "log/two", size: 1, root: .empty)
    let stray = try log.signer.sign(elsewhere.text).description
    #expect(
      witness.examine(ShownCheckpoint(key: log.key, note: stray, from: 0, proof: []), at: 1) == .refused(.malformed))
  }

  @Test func hugeSizesDoNotOverflow() throws {
    let log = try log(10)
    var witness = Witness(of: "camera/a")
    _ = try witness.examine(log.shown(10), at: 1)
    let huge = try Checkpoint(origin: "log/one", size: .max, root: .empty)
    let shown = ShownCheckpoint(
      key: log.key, note: try log.signer.sign(huge.text).description, from: 10,
      proof: Array(repeating: .empty, count: 64))
    #expect(witness.examine(shown, at: 2) == .refused(.forked))
  }
}
