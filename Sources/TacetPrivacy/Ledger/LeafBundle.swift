import Foundation

/// The leaves of one commit in one row, one a line: they are printable, so the line feed is free.
package enum LeafBundle {
  static func pack(_ leaves: some Collection<[UInt8]>) -> Data {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(leaves.reduce(0) { $0 + $1.count + 1 })
    for leaf in leaves {
      if !bytes.isEmpty { bytes.append(0x0A) }
      bytes += leaf
    }
    return Data(bytes)
  }

  /// Where the line that begins at `start` ends; nil for the last, which has no line feed.
  package static func endOfLine(in bundle: [UInt8], from start: Int) -> Int? {
    bundle.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, start < bytes.count,
        let found = memchr(base + start, 0x0A, bytes.count - start)
      else { return nil }
      return base.distance(to: UnsafeRawPointer(found))
    }
  }

  /// Each leaf in its order.
  package static func forEachLeaf(of bundle: [UInt8], _ body: (ArraySlice<UInt8>) -> Void) {
    var start = 0
    while let end = endOfLine(in: bundle, from: start) {
      body(bundle[start..<end])
      start = end + 1
    }
    body(bundle[start...])
  }

  /// Where the next line begins that starts with `prefix`; nil where none does. `start` is the beginning of a line.
  package static func nextLine(startingWith prefix: StaticString, in bundle: [UInt8], from start: Int) -> Int? {
    prefix.withUTF8Buffer { prefix in
      var line = start
      while bundle.count - line >= prefix.count {
        if bundle[line..<line + prefix.count].elementsEqual(prefix) { return line }
        guard let end = endOfLine(in: bundle, from: line) else { return nil }
        line = end + 1
      }
      return nil
    }
  }

  /// How many leaves there are.
  package static func count(of bundle: [UInt8]) -> Int {
    var (count, start) = (1, 0)
    while let end = endOfLine(in: bundle, from: start) { (count, start) = (count + 1, end + 1) }
    return count
  }

  static func unpack(_ bundle: Data) -> [[UInt8]] {
    Array(bundle).split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
  }
}
