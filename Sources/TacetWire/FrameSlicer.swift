/// Slices a stream of bytes, however it was cut on its way, in frames of one size.
///
/// States: between frames (nothing kept) or within one (1 to `frameBytes` − 1 bytes kept). It keeps no more than that,
/// whatever a peer sends.
package struct FrameSlicer: Sendable {
  /// The size of a frame.
  package let frameBytes: Int
  private var partial: [UInt8] = []

  /// - Parameter frameBytes: at least 1.
  package init(frameBytes: Int) {
    // Our own invariant: the size comes from a MessageCodec.
    precondition(frameBytes > 0)
    self.frameBytes = frameBytes
  }

  /// Whether a frame has begun and not ended.
  package var isWithinFrame: Bool { !partial.isEmpty }

  /// Takes the next bytes of the stream.
  /// - Returns: the frames they complete, in order.
  package mutating func append(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
    bytes.withContiguousStorageIfAvailable { slice($0) } ?? Array(bytes).withUnsafeBufferPointer { slice($0) }
  }

  private mutating func slice(_ bytes: UnsafeBufferPointer<UInt8>) -> [[UInt8]] {
    var frames: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(frameBytes - partial.count)
      rest = rest.dropFirst(piece.count)
      if piece.count == frameBytes {
        frames.append(Array(piece))
        continue
      }
      if partial.isEmpty { partial.reserveCapacity(frameBytes) }
      partial.append(contentsOf: piece)
      if partial.count == frameBytes {
        frames.append(partial)
        partial = []
      }
    }
    return frames
  }
}
