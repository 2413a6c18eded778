/// The log in blocks of entries whose roots are kept beside it. They are made of the entries alone and nothing is decided by
/// them: a proof that they do not lead to is made from the entries.
package enum LedgerBlock {
  /// A block is a complete subtree of this height.
  package static let height = 10
  /// Its entries.
  package static let size: UInt64 = 1 << 10
}
