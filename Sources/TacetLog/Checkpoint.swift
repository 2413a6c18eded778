/// A C2SP checkpoint: the origin of a log, its size and its root hash, one a line; further lines are extensions.
public struct Checkpoint: Hashable, Sendable {
  /// The unique name of the log, not empty.
  public let origin: String
  /// The number of leaves.
  public let size: UInt64
  /// The root hash of these leaves.
  public let root: MerkleHash

  /// The checkpoint of a tree.
  /// - Throws: `NoteError.malformedCheckpoint` when the origin is empty or has a line feed or a control character.
  public init(origin: String, size: UInt64, root: MerkleHash) throws(NoteError) {
    guard !origin.isEmpty, !origin.utf8.contains(where: { $0 < 0x20 }) else {
      throw .malformedCheckpoint(line: 1, reason: "the origin must be a line of text")
    }
    self.origin = origin
    self.size = size
    self.root = root
  }

  /// Parses the text of a note; extension lines are allowed and ignored.
  /// - Throws: `NoteError.malformedCheckpoint` with the line.
  public init(text: String) throws(NoteError) {
    guard text.utf8.last == 0x0A else {
      throw .malformedCheckpoint(line: 1, reason: "the text does not end with a line feed")
    }
    let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 3 else {
      throw .malformedCheckpoint(line: lines.count, reason: "expected origin, size and root")
    }
    // The one spelling of a size: decimal digits, no sign, no leading zero.
    guard let size = UInt64(lines[1]), String(size) == lines[1] else {
      throw .malformedCheckpoint(line: 2, reason: "the size must be decimal digits without leading zeros")
    }
    guard let bytes = NoteVerifier.canonicalBase64(String(lines[2])), let root = MerkleHash(bytes: bytes) else {
      throw .malformedCheckpoint(line: 3, reason: "the root must be 32 bytes in base64")
    }
    if let empty = lines.dropFirst(3).firstIndex(where: \.isEmpty) {
      throw .malformedCheckpoint(line: empty + 1, reason: "an extension line must not be empty")
    }
    try self.init(origin: String(lines[0]), size: size, root: root)
  }

  /// Parses a signed checkpoint after verifying its signature.
  /// - Throws: the errors of `SignedNote` and of `init(text:)`.
  public init(note: SignedNote, verifiedBy verifier: NoteVerifier) throws(NoteError) {
    try note.verify(by: verifier)
    try self.init(text: note.text)
  }

  /// The text to be signed: three lines.
  public var text: String { "\(origin)\n\(size)\n\(root.base64)\n" }
}
