import TacetLog

/// Entries that were appended to a log as one, and the seal behind them.
struct LogGroup: Sendable {
  /// One of them.
  struct Entry: Sendable {
    let entry: AuthorityEntry
    /// Its line, without the line feed.
    let bytes: [UInt8]
    /// Its hash as a leaf of the tree.
    let hash: MerkleHash

    init(_ entry: AuthorityEntry) {
      self.entry = entry
      bytes = entry.canonicalBytes
      hash = MerkleHash(leaf: bytes)
    }
  }

  /// Where in the file it begins.
  let start: Int
  let entries: [Entry]
  let seal: LogSeal
  /// Where in the file its seal ends.
  let end: Int
}
