import Crypto
import Foundation
import Logging
import Synchronization
import TacetLog
import Testing

@testable import TacetIdentity
@testable import TacetMesh

/// Proofs from an authority: asked for once, kept when they hold, and in bounds.
@Suite struct AuthorityProofsTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-proofs-\(UUID().uuidString)")
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  private let key: NoteVerifier
  /// Of two certificates, by their fingerprints.
  private let proofs: [[UInt8]: InclusionProof]
  private let first: [UInt8]
  private let second: [UInt8]

  init() throws {
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let (state, passphrase) = (folder.appending(path: "state"), try Passphrase("correct horse"))
    let domain = try TrustDomain("mesh.example")
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    let authority = try CertificateAuthority.open(state: state, passphrase: passphrase)
    key = try NoteVerifier(CertificateAuthority.log(state: state).key)
    let proven = try ["a", "b"].map { name in
      let svid = try authority.issue(SPIFFEID(trustDomain: domain, role: "camera", name: name))
      let serial = try #require(SerialNumber(hexadecimal: svid.serial))
      return (
        Array(SHA256.hash(data: svid.chain[0])), try CertificateAuthority.prove(.serial(serial), state: state)
      )
    }
    (first, second) = (proven[0].0, proven[1].0)
    proofs = Dictionary(uniqueKeysWithValues: proven)
  }

  private func remove() { try? FileManager.default.removeItem(at: folder) }

  private var kept: URL { folder.appending(path: "kept") }

  private func keptCount() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: kept.path))?.count ?? 0
  }

  /// A source that asks `answer`, and how often it did.
  private func source(
    _ answer: @escaping @Sendable ([UInt8]) async throws -> InclusionProof?
  ) async -> (AuthorityProofs, Asked) {
    let (source, asked) = (AuthorityProofs(key: key, keptIn: kept, logger: logger), Asked())
    await source.begin { fingerprint in
      asked.add()
      return try await answer(fingerprint)
    }
    return (source, asked)
  }

  @Test func handshakesThatComeTogetherAskOnce() async throws {
    defer { remove() }
    let (proofs, first) = (proofs, first)
    let (source, asked) = await source {
      try await Task.sleep(for: .milliseconds(200))
      return proofs[$0]
    }
    let found = try await withThrowingTaskGroup(of: InclusionProof?.self) { group in
      for _ in 0..<50 { group.addTask { try await source.proof(of: first) } }
      return try await group.reduce(into: []) { $0.append($1?.description) }
    }
    #expect(found == Array(repeating: proofs[first]?.description, count: 50))
    #expect(asked.count == 1)
    #expect(try await source.proof(of: first) != nil)
    #expect(asked.count == 1)
    // Another process finds what was kept, and asks nobody.
    let (next, again) = await self.source { _ in nil }
    #expect(try await next.proof(of: first)?.description == proofs[first]?.description)
    #expect(again.count == 0)
  }

  @Test func whatDoesNotHoldIsNotKept() async throws {
    defer { remove() }
    let other = try #require(proofs[second])
    let (source, asked) = await source { _ in other }
    for attempt in 1...2 {
      // It is handed on, for the verification to say what is wrong with it.
      #expect(try await source.proof(of: first)?.description == other.description)
      #expect(asked.count == attempt && keptCount() == 0)
    }
    let (silent, askedSilent) = await self.source { _ in nil }
    for _ in 0..<2 { #expect(try await silent.proof(of: first) == nil) }
    #expect(askedSilent.count == 2 && keptCount() == 0)
  }

  @Test func aFailureIsSaidAndAskedAgain() async throws {
    defer { remove() }
    let (source, asked) = await source { _ in throw MeshError.unavailable("down") }
    for _ in 0..<2 { await #expect(throws: MeshError.self) { try await source.proof(of: first) } }
    #expect(asked.count == 2)
    let nobody = AuthorityProofs(key: key, keptIn: kept, logger: logger)
    await #expect(throws: MeshError.self) { try await nobody.proof(of: first) }
  }

  /// A file that was changed is no reason to refuse anybody.
  @Test func aKeptProofThatDoesNotHoldIsAskedForAnew() async throws {
    defer { remove() }
    let (proofs, first) = (proofs, first)
    let (source, asked) = await source { proofs[$0] }
    _ = try await source.proof(of: first)
    let file = ProofFolder(kept).file(first)
    for text in ["damaged", try #require(proofs[second]).description] {
      try text.write(to: file, atomically: true, encoding: .utf8)
      #expect(try await source.proof(of: first)?.description == proofs[first]?.description)
      #expect(try String(contentsOf: file, encoding: .utf8) == proofs[first]?.description)
    }
    #expect(asked.count == 3)
  }

  /// Certificates of a stolen key are many; the questions are not.
  @Test func questionsAreBounded() async throws {
    defer { remove() }
    let (source, asked) = await source { _ in nil }
    for number in 0..<150 { _ = try? await source.proof(of: Array(repeating: UInt8(number), count: 32)) }
    #expect((100...120).contains(asked.count), "\(asked.count)")

    let (slow, open) = await self.source { _ in
      try await Task.sleep(for: .seconds(1))
      return nil
    }
    let refused = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<90 {
        group.addTask {
          do {
            return try await slow.proof(of: Array(repeating: UInt8(number), count: 32)) != nil
          } catch {
            return true
          }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(open.count == 64 && refused == 26)
  }

  @Test func theShelfIsBounded() throws {
    defer { remove() }
    let proof = try #require(proofs[first])
    var shelf = ProofShelf(kept, most: 8)
    for number in 0..<30 {
      let fingerprint = [UInt8](repeating: UInt8(number), count: 32)
      try shelf.put(proof, of: fingerprint)
      #expect(keptCount() <= 8)
      #expect(shelf.proof(of: fingerprint) != nil)
    }
    var next = ProofShelf(kept, most: 8)
    for number in 30..<40 {
      try next.put(proof, of: [UInt8](repeating: UInt8(number), count: 32))
      #expect(keptCount() <= 8)
    }
    #expect(next.proof(of: [UInt8](repeating: 0, count: 32)) == nil)
  }
}

private final class Asked: Sendable {
  private let total = Mutex(0)

  var count: Int { total.withLock { $0 } }
  func add() { total.withLock { $0 += 1 } }
}
