import Foundation
import TacetLog
import Testing

/// What a witness keeps survives it, and a damaged memory is an error, never a blank one.
@Suite final class WitnessFolderTests {
  private let place = FileManager.default.temporaryDirectory.appendingPathComponent(
    "tacet-witness-\(UUID().uuidString)")
  private var folder: WitnessFolder { WitnessFolder(place.appendingPathComponent("witness")) }

  init() throws {
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: place)
  }

  private func witness(of log: String) throws -> Witness {
    let signer = try NoteSigner(name: "log/one")
    let note = try signer.sign(Checkpoint(origin: "log/one", size: 0, root: .empty).text).description
    var witness = Witness(of: log)
    let shown = ShownCheckpoint(key: signer.verifier.description, note: note, from: 0, proof: [])
    #expect(witness.examine(shown, at: 7) == .accepted(size: 0))
    #expect(witness.examine(ShownCheckpoint(key: "k", note: note, from: 0, proof: []), at: 8) == .refused(.malformed))
    return witness
  }

  @Test func whatIsKeptIsFoundAgain() throws {
    #expect(try folder.witness(of: "camera/a") == nil)
    #expect(try folder.all().isEmpty)
    // Names that would share a file if they were not encoded.
    let names = ["camera/a", "camera%2Fa", "camera.a", "../a", "é"]
    let witnesses = try names.map(witness)
    for witness in witnesses { try folder.keep(witness) }
    for witness in witnesses { #expect(try folder.witness(of: witness.log) == witness) }
    #expect(try folder.all().map(\.log) == names.sorted())
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.folder.path)
    #expect(files.count == names.count)
    for file in files {
      let path = folder.folder.appendingPathComponent(file).path
      #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    }
    let mode = try FileManager.default.attributesOfItem(atPath: folder.folder.path)[.posixPermissions] as? Int
    #expect(mode == 0o700)
  }

  @Test func forgettingIsForOne() throws {
    for name in ["camera/a", "camera/b"] { try folder.keep(witness(of: name)) }
    #expect(try folder.forget("camera/a"))
    #expect(try !folder.forget("camera/a"))
    #expect(try folder.witness(of: "camera/a") == nil)
    #expect(try folder.witness(of: "camera/b") != nil)
  }

  @Test(arguments: ["", "{", "{\"log\":\"camera/b\"}", "[]", String(repeating: "x", count: 100_000)])
  func aDamagedMemoryIsAnError(text: String) throws {
    try folder.keep(witness(of: "camera/a"))
    let file = try #require(FileManager.default.contentsOfDirectory(atPath: folder.folder.path).first)
    try text.write(to: folder.folder.appendingPathComponent(file), atomically: false, encoding: .utf8)
    #expect(throws: WitnessError.corrupt(path: folder.folder.appendingPathComponent(file).path)) {
      try self.folder.witness(of: "camera/a")
    }
  }

  @Test func whatCannotBeKeptIsAnError() throws {
    try Data().write(to: folder.folder)
    #expect(throws: WitnessError.self) { try self.folder.keep(self.witness(of: "camera/a")) }
  }
}
