internal import CNoise

/// The implementations of the sampling scan. All turn the same words into the same samples.
package enum NoiseKernel: String, CaseIterable, Sendable {
  case portable
  case neon
  case avx2
  case avx512

  /// Whether this machine can run it.
  package var isAvailable: Bool {
    switch self {
    case .portable: true
    case .neon: cnoise_neon_available() == 1
    case .avx2: cnoise_avx2_available() == 1
    case .avx512: cnoise_avx512_available() == 1
    }
  }

  /// The fastest available one: the cases are in order of speed.
  package static let best: NoiseKernel = allCases.last(where: \.isAvailable) ?? .portable

  /// Fills `output` with the samples of `words`, ``NoiseTable/wordsPerSample`` each; there must be as many.
  func sample(
    _ table: NoiseTable, words: UnsafeBufferPointer<UInt64>, into output: UnsafeMutableBufferPointer<Int16>
  ) {
    // Ours to keep: the sampler sizes both buffers.
    precondition(words.count == output.count * table.wordsPerSample && isAvailable)
    guard let source = words.baseAddress, let target = output.baseAddress else { return }
    switch self {
    case .portable: cnoise_sample_portable(table.table, source, output.count, target)
    case .neon: cnoise_sample_neon(table.table, source, output.count, target)
    case .avx2: cnoise_sample_avx2(table.table, source, output.count, target)
    case .avx512: cnoise_sample_avx512(table.table, source, output.count, target)
    }
  }
}
