import Crypto
import Foundation
public import TacetLog

/// The proof that an entry is in an authority's log, as a text of its own (C2SP tlog-proof): with a leaf and the log's public
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

  init(leaf: [UInt8], index: UInt64, hashes: [MerkleHash], checkpoint: SignedNote) {
    self.leaf = leaf
    self.index = index
    self.hashes = hashes
    self.checkpoint = checkpoint
  }

  /// Reads a proof; nothing of it is believed yet.
  /// - Throws: ``IdentityError`` when it is not of the form.
  public init(_ text: String) throws(IdentityError) {
    guard text.utf8.count <= Self.mostBytes, let gap = text.range(of: "\n\n", options: .literal) else {
      throw Self.malformed("it has no checkpoint")
    }
    let lines = text[..<gap.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 3, lines[0] == Self.header, lines[1].hasPrefix("extra "), lines[2].hasPrefix("index "),
      let leaf = NoteVerifier.canonicalBase64(String(lines[1].dropFirst(6))), let index = UInt64(lines[2].dropFirst(6)),
      String(index) == lines[2].dropFirst(6)
    else { throw Self.malformed("it does not begin with \(Self.header), extra and index") }
    let hashes = lines.dropFirst(3).compactMap {
      NoteVerifier.canonicalBase64(String($0)).flatMap { MerkleHash(bytes: $0) }
    }
    guard hashes.count == lines.count - 3, hashes.count <= 64 else { throw Self.malformed("a hash is not 32 bytes") }
    do throws(NoteError) {
      checkpoint = try SignedNote(String(text[gap.upperBound...]))
    } catch {
      throw Self.malformed("\(error)")
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

  /// Checks the proof against the log's key; returns the entry that is in the log.
  /// - Throws: ``IdentityError``: not permitted where it proves nothing.
  public func verify(key: NoteVerifier) throws(IdentityError) -> AuthorityEntry {
    do {
      let head = try Checkpoint(note: checkpoint, verifiedBy: key)
      guard head.origin == key.name else { throw NoteError.unsigned(name: key.name) }
      try MerkleTree.verifyInclusion(
        of: MerkleHash(leaf: leaf), index: index, size: head.size, root: head.root, proof: hashes)
    } catch {
      throw IdentityError(.notPermitted, "the proof of inclusion does not hold: \(error)")
    }
    guard let entry = AuthorityEntry(canonicalBytes: leaf[...]), entry.index == index else {
      throw IdentityError(.notPermitted, "the proof of inclusion is of something that is no entry of an authority")
    }
    return entry
  }

  /// Checks that the proof is of the issuance of this certificate.
  /// - Throws: ``IdentityError``: not permitted where it is not.
  public func verify(key: NoteVerifier, certificate der: [UInt8]) throws(IdentityError) -> AuthorityEntry {
    let entry = try verify(key: key)
    guard entry.leaf?.fingerprint == Fingerprint.of(der) else {
      throw IdentityError(.notPermitted, "the proof of inclusion is of another certificate")
    }
    return entry
  }

  private static func malformed(_ reason: String) -> IdentityError {
    IdentityError(.badInput, "not a proof of inclusion: \(reason)")
  }
}

/// SHA-256 of a certificate.
enum Fingerprint {
  /// In lower-case hexadecimal.
  static func of(_ der: [UInt8]) -> String { Hexadecimal.text(SHA256.hash(data: der)) }
}

/// Bytes as digits.
package enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Lower-case digits, two a byte.
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
