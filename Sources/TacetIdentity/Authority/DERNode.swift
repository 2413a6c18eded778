/// Nodes put together of parts that are encoded already: a length is known before it is written, so that nothing is moved.
enum DERNode {
  static func sequence(_ parts: [[UInt8]]) -> [UInt8] { encoded(0x30, parts) }

  /// The tag, the length (X.690 §8.1.3, in its shortest form) and the parts.
  static func encoded(_ tag: UInt8, _ parts: [[UInt8]]) -> [UInt8] {
    let count = parts.reduce(0) { $0 + $1.count }
    var node: [UInt8] = [tag]
    node.reserveCapacity(count + 6)
    if count < 0x80 {
      node.append(UInt8(count))
    } else {
      let width = (Int.bitWidth - count.leadingZeroBitCount + 7) / 8
      node.append(0x80 | UInt8(width))
      for shift in stride(from: 8 * (width - 1), through: 0, by: -8) {
        node.append(UInt8(truncatingIfNeeded: count >> shift))
      }
    }
    for part in parts { node += part }
    return node
  }
}
