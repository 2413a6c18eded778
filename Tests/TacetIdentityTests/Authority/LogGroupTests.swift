import Foundation
import TacetLog
import Testing

@testable import TacetIdentity

/// Groups of entries: one writer at a time, found when they are not what was signed, and told apart as closely as can be.
@Suite(.serialized) struct LogGroupTests {
  private let folder: TemporaryFolder
  private let state: URL
  private let passphrase: Passphrase

  init() throws {
    folder = try TemporaryFolder()
    state = folder.file("state")
    passphrase = try Passphrase("correct horse")
    try CertificateAuthority.initialise(
      state: state, trustDomain: try TrustDomain("mesh.example"), passphrase: passphrase)
  }

  private var file: URL { CertificateAuthority.Files(state: state).log }

  private func open() throws -> AuthorityLog {
    try CertificateAuthority.Files(state: state).openLog(passphrase: passphrase)
  }

  private func issue(_ number: Int) throws -> AuthorityEntry.Content {
    // Of a key that the log knows.
    let issuer = Hexadecimal.text(
      CertificateProfile.keyIdentifier(
        of: try CertificateAuthority.Files(state: state).generation(1).readIntermediate()))
    return .issue(
      .init(
        fingerprint: String(repeating: "f", count: 64), id: "spiffe://mesh.example/camera/n-\(number)", issuer: issuer,
        notBefore: 1, notAfter: 2, serial: String(format: "40%038x", number)))
  }

  private func verify() throws -> AuthorityLogVerification {
    let key = try CertificateAuthority.Files(state: state).readLogKey()
    return try AuthorityLogVerifier(key: key).verify(file: file)
  }

  private func change(_ text: String, to other: String) throws {
    let content = try String(contentsOf: file, encoding: .utf8)
    try #require(content.contains(text))
    try Data(content.replacingOccurrences(of: text, with: other).utf8).write(to: file)
  }

  // MARK: Processes

  /// Another process that wants to write waits until this one has: with a lock that both can have, it would write behind an end
  /// that is no longer one, and the log be broken.
  @Test(.enabled(if: TacetProcess.executable != nil, "the command was not built")) func anotherProcessWaits() throws {
    let secret = try folder.write("correct horse\n", to: "passphrase")
    var other: Process?
    try open().exclusively { turn throws(IdentityError) in
      let before = try? Data(contentsOf: file).count
      other = try? TacetProcess.start([
        "ca", "issue", "--id", "camera/other", "--out", folder.file("other").path, "--state", state.path,
        "--passphrase-file", secret.path,
      ])
      // Long enough for it to have written, if it did not wait.
      Thread.sleep(forTimeInterval: 3)
      #expect((try? Data(contentsOf: file).count) == before, "another process wrote")
      let entry = AuthorityEntry.Content.list(issuer: "00", entries: 0, nextUpdate: 1)
      try turn.append([entry], at: Date())
    }
    let process = try #require(other)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let found = try verify()
    #expect(found.size == 4 && found.findings.map(\.kind) == [.unknownIssuer], "\(found.findings)")
    #expect(found.certificates == 1)
  }

  // MARK: The last group

  /// A power cut has left the seal, and zeros or older bytes where entries should be: nothing is appended behind them.
  @Test(arguments: [0, 1, 17, 39])
  func tornGroupIsFoundBeforeAnythingIsAppended(number: Int) throws {
    try open().append((0..<5).map { try issue(100 + $0) }, at: Date())
    try open().append((0..<40).map { try issue($0) }, at: Date())
    try change("camera/n-\(number)\"", to: "camera/x-\(number)\"")
    let before = try Data(contentsOf: file)
    #expect(throws: IdentityError.self) { try open().append([try issue(50)], at: Date()) }
    #expect(throws: IdentityError.self) {
      try CertificateAuthority.open(state: state, passphrase: passphrase)
        .issue(SPIFFEID(trustDomain: try TrustDomain("mesh.example"), path: "camera/a"))
    }
    #expect(try Data(contentsOf: file) == before)
    try change("camera/x-\(number)\"", to: "camera/n-\(number)\"")
    try open().append([try issue(50)], at: Date())
    #expect(try verify().holds)
  }

  /// An entry that is there twice, or not at all, with the seal behind it whole.
  @Test func groupOfAnotherLength() throws {
    try open().append((0..<3).map { try issue($0) }, at: Date())
    var lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    let removed = lines.remove(at: lines.count - 3)
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
    #expect(throws: IdentityError.self) { try open().append([try issue(9)], at: Date()) }
    lines.insert(contentsOf: [removed, removed], at: lines.count - 2)
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
    #expect(throws: IdentityError.self) { try open().append([try issue(9)], at: Date()) }
  }

  // MARK: Which entry

  /// Of a group that was signed as one, its seal tells in which of the tree's subtrees the changed entry is.
  @Test func changedEntryOfAGroupIsNarrowedDown() throws {
    // Two entries are there: 2…43, and 44 = 101100b is subtrees of 32, 8 and 4.
    try open().append((0..<42).map { try issue($0) }, at: Date())
    for (number, first) in [(0, UInt64(2)), (29, 2), (30, 32), (37, 32), (38, 40), (41, 40)] {
      try change("camera/n-\(number)\"", to: "camera/x-\(number)\"")
      let findings = try verify().findings
      #expect(findings.first?.kind == .wrongRoot && findings.first?.index == first, "\(number): \(findings)")
      try change("camera/x-\(number)\"", to: "camera/n-\(number)\"")
    }
    #expect(try verify().holds)
  }
}
