import TacetLog

/// A log as it is read from its beginning, and what is found to be wrong with it.
struct LogReplay {
  private let key: NoteVerifier

  /// All entries read so far.
  private(set) var tree = MerkleTree()
  /// The entries before the last seal.
  private(set) var sealed = MerkleTree()
  private var hasSeal = false
  private var bytesSinceSeal = 0
  private var findings: [AuthorityLogFinding] = []
  /// Each serial number, and whether it was revoked.
  private var serials: [String: Bool] = [:]
  private var tokens: Set<String> = []
  private var signers: Set<String> = []
  /// The serial numbers of the authority's own certificates.
  private var signerSerials: Set<String> = []
  private var revocations: UInt64 = 0
  private var tokensSigned: UInt64 = 0
  /// What the entries since the last seal were found to do wrong; they may never have been signed.
  private var pending: [AuthorityLogFinding] = []
  private var rootIsWrong = false

  init(key: NoteVerifier) {
    self.key = key
  }

  /// Takes the next line.
  mutating func read(_ line: ArraySlice<UInt8>) {
    guard !LogFile.isSeal(line) else { return readSeal(line) }
    bytesSinceSeal += line.count + 1
    let position = tree.size
    tree.append(line)
    guard let entry = AuthorityEntry(canonicalBytes: line) else {
      return suspect(.malformedEntry, position, "not the canonical encoding of an entry of a known kind")
    }
    if entry.index != position { suspect(.wrongIndex, position, "it was written as entry \(entry.index)") }
    switch entry.content {
    case .issue(let leaf): readLeaf(leaf, position)
    case .renew(let leaf, let renews):
      if serials[renews] == nil { suspect(.unknownSerial, position, "it renews a certificate that was never issued") }
      readLeaf(leaf, position)
    case .revoke(let serial, _, _):
      guard !signerSerials.contains(serial) else { return }
      guard let isRevoked = serials[serial] else {
        return suspect(.unknownSerial, position, "it revokes a certificate that was never issued")
      }
      if !isRevoked { revocations += 1 }
      serials[serial] = true
    case .install(let signer), .rotate(let signer):
      signers.insert(signer.key)
      signerSerials.insert(signer.serial)
    case .list(let issuer, _, _):
      if !signers.contains(issuer) { suspect(.unknownIssuer, position, "the list was signed by an unknown key") }
    case .token(let token):
      tokensSigned += 1
      if serials[token.serial] == nil {
        suspect(.unknownSerial, position, "a JWT-SVID for a certificate that was never issued")
      }
    }
  }

  private mutating func readLeaf(_ leaf: AuthorityEntry.Leaf, _ position: UInt64) {
    if serials.updateValue(false, forKey: leaf.serial) != nil {
      suspect(.repeatedSerial, position, "serial number \(leaf.serial) was issued before")
    }
    if let token = leaf.token, !tokens.insert(token).inserted {
      suspect(.repeatedToken, position, "the join token \(token) was redeemed before")
    }
    if !signers.contains(leaf.issuer) {
      suspect(.unknownIssuer, position, "signed by key \(leaf.issuer), which the log does not know of")
    }
  }

  private mutating func readSeal(_ line: ArraySlice<UInt8>) {
    let first = sealed.size
    findings += pending
    pending = []
    bytesSinceSeal = 0
    sealed = tree
    hasSeal = true
    guard let seal = LogSeal(line: line) else {
      return report(.checkpointSignature, at: first, "the checkpoint behind it is malformed")
    }
    // The first is the one that tells where; all that follow are over it as well.
    guard !rootIsWrong else { return }
    if !seal.isSigned(by: key) {
      rootIsWrong = true
      report(.checkpointSignature, at: first, "the checkpoint behind it is not signed by the authority")
    } else if seal.tree != tree {
      rootIsWrong = true
      let wrong = wrongEntries(since: first, as: seal.tree)
      let group =
        wrong.count == 1
        ? "it is not the entry that was signed" : "it, or one up to \(wrong.upperBound), is not as it was signed"
      report(.wrongRoot, at: wrong.lowerBound, group)
    }
  }

  /// Where the entries differ from those of a seal, as closely as it tells: a seal holds the roots of the perfect subtrees of its
  /// tree, and the first that is another one has the first wrong entry. What is within a subtree, its hash does not tell.
  private func wrongEntries(since first: UInt64, as signed: MerkleTree) -> ClosedRange<UInt64> {
    let group = first...(max(tree.size, first + 1) - 1)
    guard tree.size == signed.size else { return group }
    var start: UInt64 = 0
    for (found, wanted) in zip(tree.frontier, signed.frontier) {
      let rest = tree.size - start
      let end = start + 1 << UInt64(63 - rest.leadingZeroBitCount)
      if found != wanted { return max(start, first)...max(end - 1, first) }
      start = end
    }
    return group
  }

  /// Takes the end: `rest` bytes of a line that has none.
  mutating func finish(rest: Int) {
    bytesSinceSeal += rest
    if !hasSeal { report(.noCheckpoint, at: nil, "there is no checkpoint") }
  }

  /// Notes what is wrong.
  mutating func report(_ kind: AuthorityLogFinding.Kind, at index: UInt64?, _ message: String) {
    guard findings.count < AuthorityLogVerifier.mostFindings else { return }
    findings.append(AuthorityLogFinding(kind: kind, index: index, message: message))
  }

  private mutating func suspect(_ kind: AuthorityLogFinding.Kind, _ index: UInt64, _ message: String) {
    guard pending.count < AuthorityLogVerifier.mostFindings else { return }
    pending.append(AuthorityLogFinding(kind: kind, index: index, message: message))
  }

  /// What came of it.
  var result: AuthorityLogVerification {
    let ordered = findings.enumerated().sorted {
      ($0.element.index ?? .max, $0.offset) < ($1.element.index ?? .max, $1.offset)
    }
    return AuthorityLogVerification(
      size: sealed.size, root: sealed.root, origin: key.name, certificates: UInt64(serials.count),
      revocations: revocations, tokens: tokensSigned, unsignedBytes: bytesSinceSeal, findings: ordered.map(\.element))
  }
}
