import Foundation

/// The line that ends a group of entries: a signed checkpoint over all entries so far, and the compact range of their tree, so
/// that who appends need not read the log. What stands behind the last seal was never signed, and nothing was let out for it.
package struct LogSeal: Sendable {
  /// How a seal begins, and no entry.
  package static let start: StaticString = "{\"checkpoint\""

  /// The signed checkpoint.
  package let note: SignedNote
  /// The tree that it is over.
  package let tree: MerkleTree

  /// Signs a tree.
  /// - Throws: ``NoteError``.
  package init(_ tree: MerkleTree, signer: NoteSigner) throws(NoteError) {
    note = try signer.sign(Checkpoint(origin: signer.verifier.name, size: tree.size, root: tree.root).text)
    self.tree = tree
  }

  /// Reads a line; nil when it is not the canonical encoding of a seal, or its two parts are of different trees. Whose signature
  /// it bears is not looked at.
  package init?(line: ArraySlice<UInt8>) {
    var reader = CanonicalReader(line)
    guard let encoded = reader.string("checkpoint"), let frontier = reader.string("frontier"), reader.isFinished(),
      let noteBytes = NoteVerifier.canonicalBase64(encoded),
      let note = try? SignedNote(String(decoding: noteBytes, as: UTF8.self)),
      let checkpoint = try? Checkpoint(text: note.text), let hashes = Self.hashes(frontier),
      let tree = try? MerkleTree(size: checkpoint.size, frontier: hashes), tree.root == checkpoint.root
    else { return nil }
    self.note = note
    self.tree = tree
  }

  /// The line, without its line feed.
  package var line: [UInt8] {
    var writer = CanonicalWriter()
    writer.string("checkpoint", Data(note.description.utf8).base64EncodedString())
    writer.string("frontier", Data(tree.frontier.flatMap(\.bytes)).base64EncodedString())
    return writer.finished()
  }

  /// Whether the key signed it, as the checkpoint of the log of that name.
  package func isSigned(by key: NoteVerifier) -> Bool {
    (try? Checkpoint(note: note, verifiedBy: key))?.origin == key.name
  }

  private static func hashes(_ text: String) -> [MerkleHash]? {
    guard let bytes = NoteVerifier.canonicalBase64(text), bytes.count.isMultiple(of: MerkleHash.byteCount) else {
      return nil
    }
    return stride(from: 0, to: bytes.count, by: MerkleHash.byteCount).compactMap {
      MerkleHash(bytes: bytes[$0..<($0 + MerkleHash.byteCount)])
    }
  }
}
