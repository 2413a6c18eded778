import Foundation
import TacetLog
import Testing

@testable import TacetIdentity

/// The log of an authority: durable, signed, one writer at a time, and what was cut or changed is found.
@Suite struct AuthorityLogTests {
  private let folder: TemporaryFolder
  private let signer: NoteSigner
  private let log: AuthorityLog

  init() throws {
    folder = try TemporaryFolder()
    signer = try NoteSigner(name: "tacet-ca/test")
    try AuthorityLog.make(file: folder.file("log.jsonl"), signer: signer, contents: [.install(Self.issuer)], at: Date())
    log = AuthorityLog(file: folder.file("log.jsonl"), signer: signer)
  }

  private static let issuer = AuthorityEntry.Signer(
    fingerprint: "00", key: "aa", level: .intermediate, notBefore: 0, notAfter: 9, serial: "01")

  private var file: URL { folder.file("log.jsonl") }

  private func issue(_ serial: String) -> AuthorityEntry.Content {
    .issue(
      .init(fingerprint: "f\(serial)", id: "spiffe://m/a/b", issuer: "aa", notBefore: 1, notAfter: 2, serial: serial))
  }

  private func verify(remembered: [SignedNote] = []) throws -> AuthorityLogVerification {
    try AuthorityLogVerifier(key: signer.verifier, remembered: remembered).verify(file: file)
  }

  // MARK: Writing

  @Test func everyKindOfEntryIsReadAsWritten() throws {
    let leaf = AuthorityEntry.Leaf(
      fingerprint: "ab", id: "spiffe://m/a/b", issuer: "aa", notBefore: 1, notAfter: 2, serial: "03")
    let contents: [AuthorityEntry.Content] = [
      .issue(leaf), .renew(leaf, renews: "02"), .revoke(serial: "03", id: "spiffe://m/a/b", reason: "superseded"),
      .install(Self.issuer), .rotate(Self.issuer), .list(issuer: "aa", entries: 1, nextUpdate: 7),
      .token(
        .init(audienceHash: "ad", expires: 8, id: "spiffe://m/a/b", key: "k-_1", serial: "03", tokenHash: "70")),
    ]
    for (index, content) in contents.enumerated() {
      let entry = AuthorityEntry(index: UInt64(index), time: 5, content: content)
      #expect(AuthorityEntry(canonicalBytes: entry.canonicalBytes[...]) == entry)
      for cut in 0..<entry.canonicalBytes.count {
        #expect(AuthorityEntry(canonicalBytes: entry.canonicalBytes[..<cut]) == nil)
      }
      #expect(AuthorityEntry(canonicalBytes: (entry.canonicalBytes + [0x20])[...]) == nil)
    }
  }

  /// Threads and objects, as processes, take turns; nobody's entry is lost.
  @Test func manyWriters() throws {
    // On threads of their own: the tests beside this one leave too few to the tasks.
    DispatchQueue.concurrentPerform(iterations: 8) { writer in
      let own = AuthorityLog(file: file, signer: signer)
      for turn in 0..<5 {
        // Many at once, so that there is time for another between reading the end and writing behind it.
        try? own.append((0..<200).map { issue("\(writer)-\(turn)-\($0)") }, at: Date())
      }
    }
    let found = try verify()
    #expect(found.holds && found.size == 8001 && found.certificates == 8000, "\(found.findings)")
  }

  /// A process that was killed while it wrote: what is behind the last checkpoint was let out by nobody, and goes.
  @Test(arguments: [1, 40, 200, 290, 400, 10_000])
  func interruptedWrite(cut: Int) throws {
    try log.append([issue("01")], at: Date())
    let before = try Data(contentsOf: file)
    try log.append((2..<40).map { issue("\($0)") }, at: Date())
    let whole = try Data(contentsOf: file)
    let end = min(before.count + cut, whole.count - 1)
    try whole[..<end].write(to: file)
    let found = try verify()
    #expect(found.holds && found.size == 2 && found.unsignedBytes == end - before.count)
    try AuthorityLog(file: file, signer: signer).append([issue("99")], at: Date())
    let after = try verify()
    #expect(after.holds && after.size == 3 && after.unsignedBytes == 0, "\(after.findings)")
    #expect(try Data(contentsOf: file).starts(with: before))
  }

  /// The object that wrote last reads again what another has written, or cut, meanwhile.
  @Test func anotherWroteMeanwhile() throws {
    try log.append([issue("01")], at: Date())
    try AuthorityLog(file: file, signer: signer).append([issue("02")], at: Date())
    try log.append([issue("03")], at: Date())
    #expect(try verify().holds)
    #expect(try verify().size == 4)
  }

  @Test func foreignKey() throws {
    let stranger = AuthorityLog(file: file, signer: try NoteSigner(name: "tacet-ca/test"))
    #expect(throws: IdentityError.self) { try stranger.append([issue("01")], at: Date()) }
    #expect(try verify().size == 1)
  }

  // MARK: Tampering

  /// Each entry of a log in which each was signed alone; the one that is changed is named.
  @Test(arguments: 0..<6)
  func changedEntry(position: Int) throws {
    for serial in 1...5 { try log.append([issue("0\(serial)")], at: Date()) }
    var lines = try lines()
    lines[2 * position] = lines[2 * position].replacingOccurrences(of: "fingerprint\":\"f", with: "fingerprint\":\"e")
      .replacingOccurrences(of: "fingerprint\":\"00", with: "fingerprint\":\"11")
    try write(lines)
    let found = try verify()
    #expect(!found.holds && found.findings.first?.index == UInt64(position), "\(found.findings)")
  }

  /// The checkpoints behind a changed entry are written anew without the key.
  @Test func changedEntryWithForgedCheckpoints() throws {
    for serial in 1...4 { try log.append([issue("0\(serial)")], at: Date()) }
    let forger = try NoteSigner(name: "tacet-ca/test")
    var tree = MerkleTree()
    var forged: [String] = []
    for (number, line) in try lines().enumerated() {
      if number.isMultiple(of: 2) {
        let changed = number == 4 ? line.replacingOccurrences(of: "\"f02\"", with: "\"f22\"") : line
        tree.append(Array(changed.utf8))
        forged.append(changed)
      } else {
        forged.append(number < 5 ? line : String(decoding: try LogSeal(tree, signer: forger).line, as: UTF8.self))
      }
    }
    try write(forged)
    let found = try verify()
    #expect(!found.holds && found.findings.first?.index == 2, "\(found.findings)")
    #expect(throws: IdentityError.self) {
      try AuthorityLog(file: file, signer: signer).append([issue("9")], at: Date())
    }
  }

  @Test func removedEntry() throws {
    for serial in 1...4 { try log.append([issue("0\(serial)")], at: Date()) }
    var lines = try lines()
    lines.removeSubrange(4..<6)
    try write(lines)
    let found = try verify()
    #expect(!found.holds && found.findings.first?.index == 2, "\(found.findings)")
  }

  /// Cut at a checkpoint it holds by itself; a checkpoint that was kept tells.
  @Test func rolledBack() throws {
    for serial in 1...3 { try log.append([issue("0\(serial)")], at: Date()) }
    let kept = try LogFile(file: file, key: signer.verifier).end().seal.note
    #expect(try verify(remembered: [kept]).holds)
    try write(Array(try lines().dropLast(2)))
    #expect(try verify().holds)
    #expect(try verify(remembered: [kept]).findings.map(\.kind) == [.rolledBack])
    try AuthorityLog(file: file, signer: signer).append([issue("77")], at: Date())
    #expect(try verify(remembered: [kept]).findings.map(\.kind) == [.rolledBack])
  }

  /// What an honest writer never writes, although signed.
  @Test func signedNonsense() throws {
    try log.append([issue("01"), issue("01")], at: Date())
    try log.append([.revoke(serial: "7", id: "x", reason: "unspecified")], at: Date())
    var strange = AuthorityEntry.Leaf(
      fingerprint: "", id: "", issuer: "bb", notBefore: 0, notAfter: 0, serial: "04")
    try log.append([.issue(strange)], at: Date())
    strange = AuthorityEntry.Leaf(fingerprint: "", id: "", issuer: "aa", notBefore: 0, notAfter: 0, serial: "05")
    try log.append([.renew(strange, renews: "06")], at: Date())
    for serial in ["07", "08"] {
      var redeemed = strange
      redeemed = AuthorityEntry.Leaf(
        fingerprint: "", id: "", issuer: "aa", notBefore: 0, notAfter: 0, serial: serial, token: "t")
      try log.append([.issue(redeemed)], at: Date())
    }
    try log.append([.list(issuer: "cc", entries: 0, nextUpdate: 0)], at: Date())
    #expect(
      try verify().findings.map { "\($0.index ?? 99) \($0.kind.rawValue)" }
        == [
          "2 repeated_serial", "3 unknown_serial", "4 unknown_issuer", "5 unknown_serial", "7 repeated_token",
          "8 unknown_issuer",
        ])
  }

  /// An entry that was written for another place is no entry of this one, whoever has signed for it.
  @Test func proofOfAnotherPlace() throws {
    for index in [UInt64(0), 1] {
      let bytes = AuthorityEntry(index: index, time: 1, content: issue("01")).canonicalBytes
      var tree = MerkleTree()
      tree.append(bytes)
      let note = try signer.sign(Checkpoint(origin: signer.verifier.name, size: 1, root: tree.root).text)
      let proof = InclusionProof(leaf: bytes, index: 0, hashes: [], checkpoint: note)
      guard index > 0 else {
        #expect(try proof.verify(key: signer.verifier).index == 0)
        continue
      }
      #expect(throws: IdentityError.self) { try proof.verify(key: signer.verifier) }
    }
  }

  /// What answers at once, out of memory, has read what was signed, or nothing.
  @Test func indexOfAnEditedLog() throws {
    try log.append([issue("01"), issue("02")], at: Date())
    try log.append([issue("03")], at: Date())
    let edited = try String(contentsOf: file, encoding: .utf8).replacing("\"f02\"", with: "\"f09\"")
    var good = LogIndex()
    try good.follow(log.log)
    #expect(good.size == 4)
    try Data(edited.utf8).write(to: file)
    var index = LogIndex()
    #expect(throws: IdentityError.self) { try index.follow(log.log) }
    #expect(throws: IdentityError.self) { try index.follow(log.log) }
  }

  /// Random bytes in the place of random ones: a finding or an error, never a crash, never "holds".
  @Test func noise() throws {
    for serial in 1...6 { try log.append([issue("0\(serial)")], at: Date()) }
    let whole = [UInt8](try Data(contentsOf: file))
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      var bytes = whole
      let place = Int.random(in: 0..<(bytes.count - 1), using: &generator)
      bytes[place] ^= UInt8.random(in: 1...255, using: &generator)
      try Data(bytes).write(to: file)
      let found = try verify()
      // Damage to the last checkpoint's first bytes looks like an interrupted write: then its entry is not signed for.
      #expect(!found.holds || found.size < 7, "byte \(place)")
    }
  }

  /// A seal has one spelling: the bits that base64 does not use are not free to choose.
  @Test func sealsHaveOneEncoding() throws {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var padded = 0
    // The index in it makes checkpoints of two lengths, so that some are padded.
    for serial in 1...12 {
      try log.append([issue("\(serial)")], at: Date())
      let line = try #require(try lines().last)
      #expect(LogSeal(line: Array(line.utf8)[...]) != nil)
      guard let padding = line.firstIndex(of: "="), let end = line.firstRange(of: "\",\"frontier\""),
        padding < end.lowerBound
      else { continue }
      padded += 1
      let last = line.index(before: padding)
      let place = try #require(alphabet.firstIndex(of: line[last]))
      let other = line.replacingCharacters(in: last...last, with: String(alphabet[place ^ 1]))
      #expect(LogSeal(line: Array(other.utf8)[...]) == nil)
    }
    #expect(padded > 0)
  }

  // MARK: Proofs

  @Test func proofs() throws {
    try log.append((1...12).map { issue("\($0)") }, at: Date())
    let reader = LogFile(file: file, key: signer.verifier)
    let end = try reader.end()
    for index in 0..<end.seal.tree.size {
      var (leaf, hashes): ([UInt8], [MerkleHash]) = ([], [])
      try reader.forEachLeaf(before: end) { entry, bytes in
        hashes.append(MerkleHash(leaf: bytes))
        if entry.index == index { leaf = Array(bytes) }
      }
      let path = try #require(
        MerkleTree.inclusionProof(index: index, size: end.seal.tree.size) { hashes[Int($0)] })
      let proof = InclusionProof(leaf: leaf, index: index, hashes: path, checkpoint: end.seal.note)
      let read = try InclusionProof(proof.description)
      #expect(try read.verify(key: signer.verifier).index == index)
      let stranger = try NoteSigner(name: "tacet-ca/test").verifier
      #expect(throws: IdentityError.self) { try read.verify(key: stranger) }
      let other = InclusionProof(leaf: leaf + [0x20], index: index, hashes: path, checkpoint: end.seal.note)
      #expect(throws: IdentityError.self) { try other.verify(key: signer.verifier) }
    }
  }

  private func lines() throws -> [String] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  private func write(_ lines: [String]) throws {
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
  }
}
