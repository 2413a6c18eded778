internal import CSodium

/// Erasure that the optimiser may not remove.
enum SecretMemory {
  /// Zeroes the elements of an array that nothing else refers to.
  static func wipe<Element: BitwiseCopyable>(_ elements: inout [Element]) {
    elements.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      sodium_memzero(start, bytes.count)
    }
  }

  /// Zeroes a buffer.
  static func wipe<Element: BitwiseCopyable>(_ buffer: UnsafeMutableBufferPointer<Element>) {
    guard let start = buffer.baseAddress else { return }
    sodium_memzero(start, buffer.count * MemoryLayout<Element>.stride)
  }
}
