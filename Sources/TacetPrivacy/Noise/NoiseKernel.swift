internal import CNoise

/// The implementations of the sampling scan. All turn the same words into the same samples.
package enum NoiseKernel: String, CaseIterable, Sendable {
  case portable
  case avx2

  /// Whether this machine can run it.
  package var isAvailable: Bool {
    switch self {
    case .portable: true
    case .avx2: cnoise_avx2_available() == 1
    }
  }

  /// The fastest available one.
  package static let best: NoiseKernel = NoiseKernel.avx2.isAvailable ? .avx2 : .portable

  /// Writes one sample per word to `output`, which must be at least as long as `words`.
  func sample(
    _ table: NoiseTable, words: UnsafeBufferPointer<UInt64>, into output: UnsafeMutableBufferPointer<Int16>
  ) {
    // Ours to keep: the sampler sizes both buffers.
    precondition(output.count >= words.count && isAvailable)
    guard let source = words.baseAddress, let target = output.baseAddress else { return }
    switch self {
    case .portable: cnoise_sample_portable(table.table, source, words.count, target)
    case .avx2: cnoise_sample_avx2(table.table, source, words.count, target)
    }
  }
}
