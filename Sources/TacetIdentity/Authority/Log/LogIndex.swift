import Foundation
import TacetLog

/// An authority's log in memory, as far as it answers at once: what was issued and revoked, and the proofs. Some 130 bytes an
/// entry; what else an entry says is read from the file, where it is.
///
/// It follows the file: whoever appends, what is signed for is in the index after ``follow(_:)``.
struct LogIndex: Sendable {
  /// What was revoked.
  struct Revoked: Hashable, Sendable {
    let issuer: String
    let notAfter: UInt64
    let date: Date
    let reason: RevocationReason
  }

  /// A signing certificate that was revoked.
  struct RevokedSigner: Hashable, Sendable {
    let date: Date
    let reason: RevocationReason
  }

  /// The newest checkpoint; nil before the first look at the file.
  private(set) var checkpoint: SignedNote?
  /// What is revoked.
  private(set) var revoked: [SerialNumber: Revoked] = [:]
  /// The signing certificates that are revoked, by their serial numbers: the log does not say that they were issued.
  private(set) var revokedSigners: [SerialNumber: RevokedSigner] = [:]

  private var levels = MerkleLevels()
  /// Where the line of each entry begins.
  private var places: [Int] = []
  /// The entries of certificates, by the last 64 bits of their serial numbers and the first of their fingerprints: found is what
  /// the entry then says itself.
  private var serials: [UInt64: UInt32] = [:]
  private var fingerprints: [UInt64: UInt32] = [:]
  private var tokens: [String: UInt32] = [:]
  /// Revocations whose certificates have not been looked up yet.
  private var pending: [AuthorityEntry] = []
  private var offset = 0
  /// How long the file was when it was last looked at.
  private var seen = -1
  private var flaw: IdentityError?

  // MARK: Following

  /// Takes in what was appended and signed for. Costs a look at the file's length when nothing was.
  /// - Throws: ``IdentityError`` when the file is not a continuation of what was read: from then on, always.
  mutating func follow(_ log: LogFile) throws(IdentityError) {
    if let flaw { throw flaw }
    let size = try log.size()
    guard size != seen else { return }
    let end = try log.end()
    try remembering { index throws(IdentityError) in
      guard end.offset >= index.offset else { throw log.damaged("it is shorter than it was") }
      try index.read(log, to: end)
    }
    seen = size
  }

  /// Takes in a group that was just appended, without reading it back; whatever was appended, where the group does not continue what
  /// is in the index.
  /// - Throws: ``IdentityError``, as ``follow(_:)`` does.
  mutating func take(_ group: LogGroup, _ log: LogFile) throws(IdentityError) {
    guard flaw == nil, pending.isEmpty, offset == group.start else { return try follow(log) }
    try remembering { index throws(IdentityError) in
      for item in group.entries {
        try index.enter(item.entry, hash: item.hash, log)
        index.offset += item.bytes.count + 1
      }
      try index.close(with: group.seal, at: group.end, log)
    }
    seen = group.end
  }

  private mutating func read(_ log: LogFile, to end: LogFile.End) throws(IdentityError) {
    // Line by line, so that a read that fails is taken up where it ended.
    try log.forEachLine(from: offset, before: end.offset) { line throws(IdentityError) in
      if !LogFile.isSeal(line) {
        guard let entry = AuthorityEntry(canonicalBytes: line) else {
          throw log.damaged("entry \(places.count) cannot be read")
        }
        try enter(entry, hash: MerkleHash(leaf: line), log)
      }
      offset += line.count + 1
    }
    try close(with: end.seal, at: end.offset, log)
  }

  /// Takes in the entry that begins where the index ends.
  private mutating func enter(_ entry: AuthorityEntry, hash: MerkleHash, _ log: LogFile) throws(IdentityError) {
    guard entry.index == UInt64(places.count), let index = UInt32(exactly: places.count) else {
      throw log.damaged("entry \(places.count) cannot be read")
    }
    places.append(offset)
    levels.append(leafHash: hash)
    if let leaf = entry.leaf {
      serials[Self.last(of: leaf.serial)] = index
      fingerprints[Self.first(of: leaf.fingerprint)] = index
      if let token = leaf.token { tokens[token] = index }
    } else if case .revoke = entry.content {
      pending.append(entry)
    }
  }

  private mutating func close(with seal: LogSeal, at end: Int, _ log: LogFile) throws(IdentityError) {
    guard levels.tree == seal.tree else { throw log.damaged("its entries are not those that were signed") }
    (offset, checkpoint) = (end, seal.note)
    guard !pending.isEmpty else { return }
    var settled = 0
    defer { pending.removeFirst(settled) }
    try log.withLines { lines throws(IdentityError) in
      while settled < pending.count {
        try revoke(pending[settled], lines)
        settled += 1
      }
    }
  }

  private mutating func revoke(_ entry: AuthorityEntry, _ lines: LogFile.Lines) throws(IdentityError) {
    guard case .revoke(let serial, _, let name) = entry.content, let reason = RevocationReason(name: name),
      let number = SerialNumber(hexadecimal: serial)
    else { throw lines.log.damaged("a revocation cannot be read") }
    // The first counts.
    guard revoked[number] == nil, revokedSigners[number] == nil else { return }
    let date = Date(timeIntervalSince1970: TimeInterval(entry.time))
    guard let leaf = try leaf(serial: number, in: lines) else {
      revokedSigners[number] = RevokedSigner(date: date, reason: reason)
      return
    }
    revoked[number] = Revoked(issuer: leaf.issuer, notAfter: leaf.notAfter, date: date, reason: reason)
  }

  /// What is wrong with the file stays so.
  private mutating func remembering(
    _ body: (inout LogIndex) throws(IdentityError) -> Void
  ) throws(IdentityError) {
    do throws(IdentityError) {
      try body(&self)
    } catch {
      if error.kind == .badInput { flaw = error }
      throw error
    }
  }

  // MARK: Asking

  /// The certificate of that serial number, as the log has it.
  /// - Throws: ``IdentityError``.
  func leaf(serial: SerialNumber, in log: LogFile) throws(IdentityError) -> AuthorityEntry.Leaf? {
    guard serials[serial.low] != nil else { return nil }
    return try log.withLines { lines throws(IdentityError) in try leaf(serial: serial, in: lines) }
  }

  private func leaf(
    serial: SerialNumber, in lines: LogFile.Lines
  ) throws(IdentityError) -> AuthorityEntry.Leaf? {
    guard let index = serials[serial.low], let leaf = try entry(index, in: lines).leaf,
      SerialNumber(hexadecimal: leaf.serial) == serial
    else { return nil }
    return leaf
  }

  /// The certificate that a join token was redeemed for, and the place of its entry.
  /// - Throws: ``IdentityError``.
  func leaf(
    token: String, in log: LogFile
  ) throws(IdentityError) -> (leaf: AuthorityEntry.Leaf, index: UInt64)? {
    guard let index = tokens[token], let leaf = try entry(index, in: log).leaf else { return nil }
    return (leaf, UInt64(index))
  }

  /// Whether a join token was redeemed.
  func isRedeemed(_ token: String) -> Bool { tokens[token] != nil }

  /// The number of entries.
  var size: UInt64 { levels.size }

  /// The proof that the certificate with this fingerprint is in the log; nil where it is not.
  /// - Parameter fingerprint: in lower-case hexadecimal.
  /// - Throws: ``IdentityError``.
  func proof(fingerprint: String, in log: LogFile) throws(IdentityError) -> InclusionProof? {
    guard let index = fingerprints[Self.first(of: fingerprint)],
      try entry(index, in: log).leaf?.fingerprint == fingerprint
    else { return nil }
    return try proof(UInt64(index), in: log)
  }

  /// The proof of an entry, against the newest checkpoint; nil where there is none.
  /// - Throws: ``IdentityError``.
  func proof(_ index: UInt64, in log: LogFile) throws(IdentityError) -> InclusionProof? {
    guard index < size else { return nil }
    return proof(index, leaf: Array(try log.line(at: places[Int(index)])))
  }

  /// The same for an entry whose bytes are known.
  func proof(_ index: UInt64, leaf: [UInt8]) -> InclusionProof? {
    guard let checkpoint, let hashes = levels.inclusionProof(index: index, size: size) else { return nil }
    return InclusionProof(leaf: leaf, index: index, hashes: hashes, checkpoint: checkpoint)
  }

  private func entry(_ index: UInt32, in log: LogFile) throws(IdentityError) -> AuthorityEntry {
    try log.withLines { lines throws(IdentityError) in try entry(index, in: lines) }
  }

  private func entry(_ index: UInt32, in lines: LogFile.Lines) throws(IdentityError) -> AuthorityEntry {
    guard let entry = AuthorityEntry(canonicalBytes: try lines.line(at: places[Int(index)])),
      entry.index == UInt64(index)
    else { throw lines.log.damaged("entry \(index) is not what it was") }
    return entry
  }

  // MARK: Digits

  private static func first(of text: String) -> UInt64 { number(text.utf8.prefix(16)) }
  private static func last(of text: String) -> UInt64 { number(text.utf8.suffix(16)) }

  /// The value of hexadecimal digits; of others, any.
  private static func number(_ digits: some Sequence<UInt8>) -> UInt64 {
    digits.reduce(0) { ($0 << 4) ^ UInt64(($1 & 15) &+ ($1 > 0x39 ? 9 : 0)) }
  }
}
