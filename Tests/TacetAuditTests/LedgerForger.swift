import TacetLog

@testable import TacetAudit
@testable import TacetPrivacy

/// A ledger in memory, written by somebody who has the signing key and does not keep the rules: the log itself is
/// consistent and signed, so only what the entries say can give it away.
struct LedgerForger: LedgerReading {
  var leaves: [(position: Int64, bytes: [UInt8])] = []
  var note = ""
  private let signer: NoteSigner

  init() throws {
    signer = try NoteSigner(name: "tacet-ledger/forged")
  }

  var key: NoteVerifier { signer.verifier }

  /// Appends an entry; index and time follow by themselves unless they are given.
  mutating func append(
    _ content: LedgerEntry.Content, device: String = "cam", index: UInt64? = nil, time: UInt64 = 1000
  ) {
    let entry = LedgerEntry(
      index: index ?? UInt64(leaves.count), time: time, device: device, content: content)
    append(bytes: entry.canonicalBytes)
  }

  mutating func append(bytes: [UInt8]) {
    leaves.append((Int64(leaves.count), bytes))
  }

  /// Signs what is there.
  mutating func sign() throws {
    var tree = MerkleTree()
    for leaf in leaves { tree.append(leaf.bytes) }
    note = try signer.sign(Checkpoint(origin: key.name, size: tree.size, root: tree.root).text).description
  }

  /// Signs and verifies.
  mutating func findings() throws -> [LedgerFinding] {
    try sign()
    return try LedgerVerifier(key: key).verify(self).findings
  }

  func checkpointNote() throws(LedgerError) -> String { note }

  var index: (any LedgerIndexReading)? { nil }

  func forEachBundle(_ body: (Int64, [UInt8]) -> Void) throws(LedgerError) {
    for leaf in leaves { body(leaf.position, leaf.bytes) }
  }
}

extension LedgerEntry.Content {
  /// A budget for `releases` charges of radius 4 at scale 8 and no more, with the limit that its ε and δ allow.
  static func budget(
    _ releases: UInt64, window: UInt64 = 0, extra: UInt64 = 0
  ) throws -> LedgerEntry.Content {
    let unit = try ReleaseParameters(radius: 4, scale: 8).cost
    let wanted = (0..<releases).reduce(PrivacyCost.zero) { sum, _ in sum + unit }
    let epsilon = try GaussianAccountant.epsilon(cost: wanted, delta: 1e-6) * 1.001
    let limit = try GaussianAccountant.costLimit(epsilon: epsilon, delta: 1e-6)
    return .budget(.init(epsilon: epsilon, delta: 1e-6, limit: limit.units + extra, windowSeconds: window))
  }

  static func charge(_ release: String, cost: UInt64? = nil) throws -> LedgerEntry.Content {
    let unit = try ReleaseParameters(radius: 4, scale: 8).cost.units
    return .charge(
      .init(release: release, radius: 4, scale: 8, dimension: 16, precision: .wide, cost: cost ?? unit))
  }
}
