package import TacetLog

/// A ledger that can be read without its keys, and not written: a file, or tables on a server.
package protocol LedgerSource: Sendable {
  /// What errors call it.
  var path: String { get }
  /// Reads in one consistent snapshot.
  func examine<Value>(_ body: (any LedgerReading) throws -> Value) throws(LedgerError) -> Value
}

/// What an auditor sees of a ledger: bytes and rows, nothing of what wrote them.
package protocol LedgerReading {
  /// The signed head.
  func checkpointNote() throws(LedgerError) -> String
  /// Runs of leaves in the order of their positions, a line each without the last line feed.
  func forEachBundle(_ body: (_ first: Int64, _ leaves: [UInt8]) -> Void) throws(LedgerError)
  /// The index that the writer decides by; nil where there is none, as in an export.
  var index: (any LedgerIndexReading)? { get }
}

extension LedgerReading {
  /// Each entry with its position, in the order of positions.
  package func forEachEntry(_ body: (_ position: Int64, _ leaf: ArraySlice<UInt8>) -> Void) throws(LedgerError) {
    try forEachBundle { first, leaves in
      var position = first
      LeafBundle.forEachLeaf(of: leaves) { leaf in
        body(position, leaf)
        position &+= 1
      }
    }
  }
}

/// The rows that a ledger's writer keeps beside the entries, as an auditor sees them. They follow from the entries, or something
/// is wrong.
package protocol LedgerIndexReading {
  /// The tree and the time that the next entry continues; nil when they are malformed.
  func head() throws(LedgerError) -> (tree: MerkleTree, time: UInt64)?
  /// The index of charges has the charges of the entries before this one, and no others.
  func indexedCount() throws(LedgerError) -> UInt64
  /// What stands for a release in the index of charges.
  func fingerprint() throws(LedgerError) -> ReleaseFingerprint
  /// What stands for the row that a charge must have, under a key of the auditor's.
  func digest(of charge: IndexedCharge, by key: ReleaseFingerprint) -> UInt64
  /// What stands for each row of the index of charges that the writer looks releases up in, in no particular order.
  func forEachDigest(by key: ReleaseFingerprint, _ body: (_ digest: UInt64) -> Void) throws(LedgerError)
  /// Leaves in their order, from a position on.
  func leaves(_ range: Range<UInt64>) throws(LedgerError) -> [[UInt8]]
  /// The roots of the blocks of the log (``LedgerBlock``) that are kept beside it.
  func blocks() throws(LedgerError) -> [MerkleHash]
  /// Each row of the index of devices.
  func forEachDevice(_ body: (_ name: String, _ row: [UInt8]) -> Void) throws(LedgerError)
}

/// A charge as an index of charges has it, its release by fingerprint.
package struct IndexedCharge: Hashable, Sendable {
  /// The release and its device (``LedgerIndexReading/fingerprint()``).
  package let fingerprint: UInt64
  /// The entry.
  package let position: UInt64
  /// When, in seconds since 1970.
  package let time: UInt64
  /// μ² in units of 2^-40.
  package let cost: UInt64

  /// A charge.
  package init(fingerprint: UInt64, position: UInt64, time: UInt64, cost: UInt64) {
    self.fingerprint = fingerprint
    self.position = position
    self.time = time
    self.cost = cost
  }
}
