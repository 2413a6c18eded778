public import Foundation
public import TacetLog

extension CertificateAuthority {
  /// What an inclusion is to be proved of.
  public enum Proved: Hashable, Sendable {
    /// The entry of this place.
    case index(UInt64)
    /// The issuance of the certificate with this serial number.
    case serial(SerialNumber)
  }

  /// Proves that an entry is in the log of the authority of a state folder, against its newest checkpoint. Reads the log once or
  /// twice; needs no passphrase.
  /// - Throws: ``IdentityError`` also where there is no such entry, or the log is not as it was signed.
  public static func prove(_ what: Proved, state: URL) throws(IdentityError) -> InclusionProof {
    let log = try Files.existing(state: state).readLog()
    let end = try log.end()
    let index: UInt64
    switch what {
    case .index(let number): index = number
    case .serial(let serial): index = try self.index(of: serial.description, in: log, before: end)
    }
    let tree = end.seal.tree
    guard let ranges = MerkleTree.inclusionRanges(index: index, size: tree.size) else {
      throw IdentityError(.missing, "there is no entry \(index): the log has \(tree.size)")
    }
    var (found, parts): ([UInt8], MerkleRoots) = ([], MerkleRoots(of: ranges))
    var whole = MerkleTree()
    // Unread: the root tells that they are what they should be.
    try log.forEachLine(before: end.offset) { bytes throws(IdentityError) in
      guard !LogFile.isSeal(bytes) else { return }
      if whole.size == index { found = Array(bytes) }
      let hash = MerkleHash(leaf: bytes)
      parts.append(leafHash: hash)
      whole.append(leafHash: hash)
    }
    // A proof out of another log would prove nothing.
    guard whole == tree, let hashes = parts.roots else {
      throw log.damaged("its entries are not those that were signed")
    }
    return InclusionProof(leaf: found, index: index, hashes: hashes, checkpoint: end.seal.note)
  }

  private static func index(
    of serial: String, in log: LogFile, before end: LogFile.End
  ) throws(IdentityError) -> UInt64 {
    var index: UInt64?
    let wanted = SerialNumber(hexadecimal: serial)
    try log.forEachLeaf(before: end, where: { $0.serial == wanted }) { entry, _ throws(IdentityError) in
      if entry.leaf?.serial == serial { index = entry.index }
    }
    guard let index else { throw IdentityError(.missing, "no certificate with serial number \(serial)") }
    return index
  }

  /// The newest checkpoint of the authority of a state folder, a signed note: to be kept elsewhere.
  /// - Throws: ``IdentityError``.
  public static func checkpoint(state: URL) throws(IdentityError) -> String {
    try Files.existing(state: state).readLog().end().seal.note.description
  }

  /// Calls `body` with each entry of the log of the authority of a state folder, as it is written there.
  /// - Throws: ``IdentityError``.
  public static func forEachLogLine(state: URL, _ body: (AuthorityEntry, String) -> Void) throws(IdentityError) {
    let log = try Files.existing(state: state).readLog()
    try log.forEachLeaf(before: try log.end()) { entry, bytes throws(IdentityError) in
      body(entry, String(decoding: bytes, as: UTF8.self))
    }
  }
}
