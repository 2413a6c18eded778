import Foundation
import GRDB
import Testing

@testable import TacetPrivacy

/// What stands for a release in the index never decides alone.
@Suite struct ReleaseFingerprintTests {
  @Test func itDependsOnSaltAndBothNames() throws {
    let salt = Array(UInt8(0)..<16)
    let one = try #require(ReleaseFingerprint(salt: salt))
    #expect(one.of("release", device: "device") == ReleaseFingerprint(salt: salt)?.of("release", device: "device"))
    #expect(ReleaseFingerprint().of("release", device: "device") != one.of("release", device: "device"))
    let names = [("a", "bc"), ("ab", "c"), ("bc", "a"), ("a", "b"), ("abcdefghi", "j"), ("a", "bcdefghij")]
    #expect(Set(names.map { one.of($1, device: $0) }).count == names.count)
    #expect(one.of(1, 2) != one.of(2, 1))
    #expect(ReleaseFingerprint(salt: Array(salt.dropLast())) == nil)
  }

  /// SipHash-2-4 of the bytes 0 to 14 under the key 0 to 15 (the paper's appendix A).
  @Test func itIsSipHash() throws {
    let fingerprint = try #require(ReleaseFingerprint(salt: Array(0..<16)))
    // The reference vectors' input of 16 bytes, 0 to 15, is two numbers.
    #expect(fingerprint.of(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908) == 0x3f2a_cc7f_57c2_9bdb)
  }

  /// Another charge has the fingerprint of this release: it is granted, and found again, all the same.
  @Test(arguments: [1, 1000]) func aCollisionNeitherGrantsNorDenies(indexing: Int) async throws {
    let sandbox = LedgerSandbox()
    let ledger = try sandbox.open(indexing: indexing)
    try await ledger.setBudget(Budget(epsilon: 8, delta: 1e-6, window: nil), for: "cam")
    let parameters = try ReleaseParameters(radius: 1, scale: 64)
    #expect(try await ledger.answer("cam", "first", parameters) == .granted(1))
    let queue = try DatabaseQueue(path: sandbox.file.path)
    try await queue.write { database in
      let fingerprint = try SQLiteTables.fingerprint(database, path: "").of("second", device: "cam")
      try database.execute(
        sql: "INSERT INTO charged VALUES (?, 1)", arguments: [Int64(bitPattern: fingerprint)])
    }
    #expect(try await ledger.answer("cam", "second", parameters) == .granted(2))
    #expect(try await ledger.answer("cam", "second", parameters) == .already(2))
    #expect(try await ledger.answer("cam", "first", parameters) == .already(1))
  }

  /// An index that points where no charge is says so, and grants nothing.
  @Test func anIndexThatPointsElsewhereIsAnError() async throws {
    let sandbox = LedgerSandbox()
    let ledger = try sandbox.open(indexing: 1)
    try await ledger.setBudget(Budget(epsilon: 8, delta: 1e-6, window: nil), for: "cam")
    let parameters = try ReleaseParameters(radius: 1, scale: 64)
    #expect(try await ledger.answer("cam", "first", parameters) == .granted(1))
    let queue = try DatabaseQueue(path: sandbox.file.path)
    for position in [0, 99] {
      try await queue.write { try $0.execute(sql: "UPDATE charged SET position = \(position)") }
      await #expect(throws: LedgerError.self) { try await ledger.answer("cam", "first", parameters) }
    }
  }
}
