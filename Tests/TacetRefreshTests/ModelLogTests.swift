import Foundation
import TacetLog
import Testing

@testable import TacetRefresh

@Suite struct ModelLogTests {
  private let sandbox: RefreshSandbox
  private let signer: NoteSigner
  private let log: ModelLog
  private let date = Date(timeIntervalSince1970: 1_700_000_000)
  private let student = String(repeating: "ab", count: 32)

  init() throws {
    sandbox = try RefreshSandbox()
    signer = try NoteSigner(name: "models.example")
    log = ModelLog(file: sandbox.file("models.log"), key: signer.verifier)
  }

  private func publish(_ value: Float, model: String = "m") throws -> StudentVersion {
    let head = try RefreshSandbox.head([Float](repeating: value, count: 12))
    return try log.publish(head, of: model, student: student, at: date, signer: signer)
  }

  @Test func whatWasPublishedIsReadAgainToTheLastBit() throws {
    #expect(try log.versions().isEmpty)
    #expect(try log.newest(of: "m") == nil)
    let values: [Float] = [0.1, -0.0, .leastNonzeroMagnitude, 1e6, -1e6, 1 / 3, 0, 1, 2, 3, 4, 5]
    let version = try log.publish(
      RefreshSandbox.head(values), of: "m", student: student, at: date, signer: signer)
    #expect(version.index == 0 && version.revision == 1)
    let read = try #require(try log.versions().first)
    let (bits, expected) = (read.head.coefficients.map(\.bitPattern), values.map(\.bitPattern))
    #expect(bits == expected)
    #expect(read == version && StudentVersion(canonicalBytes: version.canonicalBytes[...]) == version)
  }

  @Test func revisionsCountEachModelsHeads() throws {
    let revisions = try ["m", "n", "m", "m"].map { try publish(1, model: $0).revision }
    #expect(revisions == [1, 1, 2, 3])
    #expect(try log.versions().map(\.index) == [0, 1, 2, 3])
  }

  @Test func theNewestIsProvedAndNothingElseIs() throws {
    for value in 1...5 { _ = try publish(Float(value)) }
    let proof = try #require(try log.newest(of: "m"))
    let leaf = try proof.verifiedLeaf(key: signer.verifier)
    #expect(StudentVersion(canonicalBytes: leaf[...])?.revision == 5)
    #expect(try InclusionProof(parsing: proof.description).verifiedLeaf(key: signer.verifier) == leaf)
    let other = try NoteSigner(name: "models.example").verifier
    #expect(throws: InclusionProofError.self) { try proof.verifiedLeaf(key: other) }
    var forged = leaf
    forged[20] ^= 1
    let lie = InclusionProof(leaf: forged, index: proof.index, hashes: proof.hashes, checkpoint: proof.checkpoint)
    #expect(throws: InclusionProofError.self) { try lie.verifiedLeaf(key: signer.verifier) }
  }

  /// A process that is killed leaves any part of a write behind; the next goes on from what was signed.
  @Test func whatWasNeverSignedIsCutOff() throws {
    _ = try publish(1)
    let whole = try Data(contentsOf: log.file)
    _ = try publish(2)
    let longer = try Data(contentsOf: log.file)
    for length in whole.count..<longer.count {
      try longer.prefix(length).write(to: log.file)
      #expect(try log.versions().count == 1)
    }
    #expect(try publish(3).revision == 2)
    #expect(try log.versions().map(\.head.coefficients[0]) == [1, 3])
  }

  @Test func aChangeOfWhatWasSignedIsFound() throws {
    for value in 1...3 { _ = try publish(Float(value)) }
    let whole = try Data(contentsOf: log.file)
    for place in stride(from: 0, to: whole.count, by: 7) {
      var changed = whole
      changed[place] ^= 0x01
      try changed.write(to: log.file)
      // What lies behind the last checkpoint that holds was never signed: then there are fewer, and never others.
      let versions = try? log.versions()
      #expect(versions.map { $0.count < 3 } ?? true, "byte \(place)")
      let (found, expected) = (versions?.map { $0.head.coefficients[0] } ?? [], [Float(1), 2, 3])
      #expect(found == Array(expected.prefix(found.count)))
    }
  }

  @Test func anotherKeyCannotPublishAndIsNotBelieved() throws {
    _ = try publish(1)
    let other = try NoteSigner(name: "models.example")
    #expect(throws: RefreshError.self) {
      try log.publish(RefreshSandbox.head(), of: "m", student: student, at: date, signer: other)
    }
    #expect(throws: RefreshError.self) { try ModelLog(file: log.file, key: other.verifier).versions() }
  }

  @Test func namesThatWouldBreakTheEncodingAreRefused() throws {
    for name in ["a\"b", "a\\b", "ü", "a\nb"] { #expect(throws: RefreshError.self) { try publish(1, model: name) } }
    #expect(try log.versions().isEmpty)
  }

  @Test func keysAreTheOwnersAloneAndNeverOverwritten() throws {
    let file = sandbox.file("key")
    let verifier = try ModelLogKey.make(name: "models.example", at: file)
    #expect(try ModelLogKey.signer(file).verifier.description == verifier.description)
    #expect(try ModelLogKey.verifier(file.appendingPathExtension("pub")).description == verifier.description)
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(throws: RefreshError.self) { try ModelLogKey.make(name: "models.example", at: file) }
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
    let refusal = #expect(throws: RefreshError.self) { try ModelLogKey.signer(file) }
    #expect(refusal?.kind == .notPermitted)
    #expect(throws: RefreshError.self) { try ModelLogKey.signer(sandbox.file("absent")) }
  }
}
