import Foundation
import TacetLog
import Testing

/// A small file is there whole, as it was or as it is to be.
@Suite final class DurableFileTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString)")
  private var file: URL { folder.appending(path: "key") }

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func mode() throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
  }

  @Test func aFileIsReplacedAndItsNeighbourIsGone() throws {
    #expect(try DurableFile.write(Data("one".utf8), to: file, mode: 0o644))
    #expect(try mode() == 0o644)
    #expect(try DurableFile.write(Data("two".utf8), to: file))
    #expect(try String(contentsOf: file, encoding: .utf8) == "two" && mode() == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["key"])
  }

  @Test func theFirstWinsWhereNothingIsReplaced() throws {
    #expect(try DurableFile.write(Data("one".utf8), to: file, replacing: false))
    #expect(try !DurableFile.write(Data("two".utf8), to: file, replacing: false))
    #expect(try String(contentsOf: file, encoding: .utf8) == "one")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["key"])
  }

  @Test func whatCannotBeWrittenIsSaidAndLeavesNothing() throws {
    let lost = folder.appending(path: "none/key")
    let failure = #expect(throws: DurableFile.Failure.self) { try DurableFile.write(Data("one".utf8), to: lost) }
    #expect(failure?.path == lost.path && failure?.reason.isEmpty == false)
    // A folder is in its place.
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
    #expect(throws: DurableFile.Failure.self) { try DurableFile.write(Data("one".utf8), to: file) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["key"])
  }

  @Test func whatAKilledProcessLeavesIsKnownByItsName() {
    #expect(DurableFile.isTemporary("key.4294967295.tmp", of: "key"))
    for name in ["key", "key.1", "key.tmp", "key.x.tmp", "key.4294967296.tmp", "other.1.tmp"] {
      #expect(!DurableFile.isTemporary(name, of: "key"))
    }
  }
}
