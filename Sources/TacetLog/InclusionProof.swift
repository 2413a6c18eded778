import Foundation

/// The proof that an entry is in a log, as a text of its own (C2SP tlog-proof): with a leaf and the log's public
/// key it convinces somebody who has never seen the log.
public struct InclusionProof: Sendable, CustomStringConvertible {
  /// The entry's bytes.
  public let leaf: [UInt8]
  /// The entry's place.
  public let index: UInt64
  /// From the leaf's sibling upwards.
  public let hashes: [MerkleHash]
  /// The signed checkpoint that is proved against.
  public let checkpoint: SignedNote

  private static let header = "c2sp.org/tlog-proof@v1"
  /// The longest text that is read, in bytes.
  public static let mostBytes = 64 << 10

  package init(leaf: [UInt8], index: UInt64, hashes: [MerkleHash], checkpoint: SignedNote) {
    self.leaf = leaf
    self.index = index
    self.hashes = hashes
    self.checkpoint = checkpoint
  }

  /// Reads a proof; nothing of it is believed yet.
  /// - Throws: ``InclusionProofError/malformed(_:)`` when it is not of the form.
  public init(parsing text: String) throws(InclusionProofError) {
    guard text.utf8.count <= Self.mostBytes, let gap = text.range(of: "\n\n", options: .literal) else {
      throw .malformed("it has no checkpoint")
    }
    let lines = text[..<gap.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 3, lines[0] == Self.header, lines[1].hasPrefix("extra "), lines[2].hasPrefix("index "),
      let leaf = NoteVerifier.canonicalBase64(String(lines[1].dropFirst(6))), let index = UInt64(lines[2].dropFirst(6)),
      String(index) == lines[2].dropFirst(6)
    else { throw .malformed("it does not begin with \(Self.header), extra and index") }
    let hashes = lines.dropFirst(3).compactMap {
      NoteVerifier.canonicalBase64(String($0)).flatMap { MerkleHash(bytes: $0) }
    }
    guard hashes.count == lines.count - 3, hashes.count <= 64 else { throw .malformed("a hash is not 32 bytes") }
    do throws(NoteError) {
      checkpoint = try SignedNote(String(text[gap.upperBound...]))
    } catch {
      throw .malformed("\(error)")
    }
    self.leaf = leaf
    self.index = index
    self.hashes = hashes
  }

  /// The text of the proof.
  public var description: String {
    let head = [Self.header, "extra \(Data(leaf).base64EncodedString())", "index \(index)"]
    return (head + hashes.map(\.base64)).joined(separator: "\n") + "\n\n" + checkpoint.description
  }

  /// Checks the proof against the log's key; returns the entry's bytes, which are in the log.
  /// - Throws: ``InclusionProofError/unproved(_:)`` where it proves nothing.
  public func verifiedLeaf(key: NoteVerifier) throws(InclusionProofError) -> [UInt8] {
    try verified(key: key).leaf
  }

  /// The same, with the size of the log that the key has signed for.
  /// - Throws: ``InclusionProofError/unproved(_:)`` where it proves nothing.
  package func verified(key: NoteVerifier) throws(InclusionProofError) -> (leaf: [UInt8], logSize: UInt64) {
    do {
      let head = try Checkpoint(note: checkpoint, verifiedBy: key)
      guard head.origin == key.name else { throw NoteError.unsigned(name: key.name) }
      try MerkleTree.verifyInclusion(
        of: MerkleHash(leaf: leaf), index: index, size: head.size, root: head.root, proof: hashes)
      return (leaf, head.size)
    } catch {
      throw .unproved("\(error)")
    }
  }
}

/// Why a proof of inclusion is refused; malformed and false are told apart.
public enum InclusionProofError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It is not of the form.
  case malformed(String)
  /// Well formed, and it proves nothing.
  case unproved(String)

  /// One line for a person.
  public var description: String {
    switch self {
    case .malformed(let reason): "not a proof of inclusion: \(reason)"
    case .unproved(let reason): "the proof of inclusion does not hold: \(reason)"
    }
  }
}
