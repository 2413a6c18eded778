import Foundation

/// The leaves of one commit in one row, one a line: they are printable, so the line feed is free.
enum LeafBundle {
  static func pack(_ leaves: [[UInt8]]) -> Data {
    Data(leaves.joined(separator: CollectionOfOne(0x0A)))
  }

  static func unpack(_ bundle: Data) -> [[UInt8]] {
    bundle.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
  }
}
