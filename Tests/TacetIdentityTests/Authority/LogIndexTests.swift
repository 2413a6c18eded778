import Foundation
import TacetLog
import Testing

@testable import TacetIdentity

/// The log in memory: what is taken in without being read back is what is read.
@Suite struct LogIndexTests {
  private let folder: TemporaryFolder
  private let log: AuthorityLog

  init() throws {
    folder = try TemporaryFolder()
    let passphrase = try Passphrase("correct horse")
    try CertificateAuthority.initialise(
      state: folder.file("state"), trustDomain: try TrustDomain("mesh.example"), passphrase: passphrase)
    log = try CertificateAuthority.Files(state: folder.file("state")).openLog(passphrase: passphrase)
  }

  private func serial(_ number: Int) -> String { String(format: "40%038x", number) }

  private func issue(_ number: Int) -> AuthorityEntry.Content {
    .issue(
      .init(
        fingerprint: String(format: "%064x", number), id: "spiffe://mesh.example/camera/n-\(number)", issuer: "00",
        notBefore: 1, notAfter: 2, serial: serial(number), profile: nil, token: "token-\(number)"))
  }

  private func revoke(_ number: Int) -> AuthorityEntry.Content {
    .revoke(serial: serial(number), id: "spiffe://mesh.example/camera/n-\(number)", reason: "superseded")
  }

  private func append(_ contents: [AuthorityEntry.Content]) throws -> LogGroup {
    try log.exclusively { turn throws(IdentityError) in try turn.append(contents, at: Date()) }
  }

  private func following() throws -> LogIndex {
    var index = LogIndex()
    try index.follow(log.log)
    return index
  }

  private func expectSame(_ one: LogIndex, _ other: LogIndex) throws {
    #expect(one.size == other.size && one.checkpoint == other.checkpoint && one.revoked == other.revoked)
    for index in 0..<one.size {
      let proofs = (try one.proof(index, in: log.log), try other.proof(index, in: log.log))
      #expect(try #require(proofs.0).description == proofs.1?.description)
      _ = try proofs.0?.verify(key: log.log.key)
    }
    for number in 0..<40 {
      let serial = try #require(SerialNumber(hexadecimal: serial(number)))
      #expect(try one.leaf(serial: serial, in: log.log) == other.leaf(serial: serial, in: log.log))
      #expect(one.isRedeemed("token-\(number)") == other.isRedeemed("token-\(number)"))
    }
  }

  @Test func takenIsRead() throws {
    var index = try following()
    for count in [1, 2, 7, 20] {
      let start = Int(index.size)
      try index.take(append((0..<count).map { issue(start + $0) } + [revoke(start)]), log.log)
      try expectSame(index, following())
    }
    #expect(index.revoked.count == 4)
  }

  /// What somebody else appended in between is read first.
  @Test func groupThatDoesNotContinue() throws {
    var index = try following()
    _ = try append([issue(1)])
    try index.take(append([issue(2), revoke(1)]), log.log)
    try expectSame(index, following())
    #expect(index.revoked.count == 1)
  }

  /// Where the certificate that is revoked cannot be read now, as when too many files are open, it is revoked with the next look.
  @Test func revocationIsNotLost() throws {
    _ = try append([issue(1), issue(2)])
    var index = try following()
    let group = try append([revoke(1), revoke(2)])
    let away = LogFile(file: folder.file("away"), key: log.log.key)
    #expect(throws: IdentityError.self) { try index.take(group, away) }
    #expect(index.revoked.isEmpty)
    try index.follow(log.log)
    #expect(index.revoked.count == 2)
    try expectSame(index, following())
  }

  /// A group over another tree than that of the index is refused, and nothing is answered any more.
  @Test func groupOfAnotherTree() throws {
    var index = try following()
    let group = try append([issue(1), issue(2)])
    let other = LogGroup.Entry(AuthorityEntry(index: group.entries[1].entry.index, time: 1, content: issue(3)))
    let forged = LogGroup(start: group.start, entries: [group.entries[0], other], seal: group.seal, end: group.end)
    #expect(throws: IdentityError.self) { try index.take(forged, log.log) }
    #expect(throws: IdentityError.self) { try index.follow(log.log) }
  }
}
