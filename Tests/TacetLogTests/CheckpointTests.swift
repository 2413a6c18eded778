import Testing

@testable import TacetLog

@Suite struct CheckpointTests {
  private static let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

  @Test func textIsThreeLines() throws {
    let checkpoint = try Checkpoint(origin: "ledger.example/1", size: 0, root: .empty)
    #expect(checkpoint.text == "ledger.example/1\n0\n\(Self.root)\n")
    #expect(try Checkpoint(text: checkpoint.text) == checkpoint)
    #expect(try Checkpoint(text: checkpoint.text + "extension\n") == checkpoint)
  }

  @Test func signedCheckpointReadsBack() throws {
    let signer = try NoteSigner(name: "ledger.example/1")
    let checkpoint = try Checkpoint(origin: "ledger.example/1", size: 7, root: MerkleHash(leaf: [1]))
    let note = try SignedNote(signer.sign(checkpoint.text).description)
    #expect(try Checkpoint(note: note, verifiedBy: signer.verifier) == checkpoint)
    let other = try NoteSigner(name: "ledger.example/2")
    #expect(throws: NoteError.unsigned(name: "ledger.example/2")) {
      try Checkpoint(note: note, verifiedBy: other.verifier)
    }
  }

  @Test(arguments: [
    ("", 1), ("\n0\n\(root)\n", 1), ("o\n\(root)\n", 2), ("o\n00\n\(root)\n", 2), ("o\n+1\n\(root)\n", 2),
    ("o\n18446744073709551616\n\(root)\n", 2), ("o\n1\nAAAA\n", 3), ("o\n1\n\(root.dropLast())\n", 3),
    ("o\n1\n\(root)\n\nx\n", 4),
  ])
  func malformedTextNamesItsLine(text: String, line: Int) {
    #expect {
      try Checkpoint(text: text)
    } throws: {
      if case NoteError.malformedCheckpoint(line, _) = $0 { true } else { false }
    }
  }
}
