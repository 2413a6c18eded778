import Foundation

/// The leaves of one commit in one row, one a line: they are printable, so the line feed is free.
enum LeafBundle {
  static func pack(_ leaves: some Collection<[UInt8]>) -> Data {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(leaves.reduce(0) { $0 + $1.count + 1 })
    for leaf in leaves {
      if !bytes.isEmpty { bytes.append(0x0A) }
      bytes += leaf
    }
    return Data(bytes)
  }

  static func unpack(_ bundle: Data) -> [[UInt8]] {
    Array(bundle).split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
  }
}
