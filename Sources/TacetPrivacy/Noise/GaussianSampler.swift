/// Draws independent z, each the rounded Gaussian P(z = j) = Φ((j+½)/S) − Φ((j−½)/S), in constant time.
///
/// Inverse distribution function over 64-bit words of a keystream that belongs to one call alone.
package struct GaussianSampler: Sendable {
  /// The thresholds, and the statistical distance that they leave.
  package let table: NoiseTable
  private let kernel: NoiseKernel

  /// Words of keystream held at a time.
  private static let chunk = 4096

  /// Throws when `scale` has no table. `kernel` must be available on this machine.
  package init(scale: Int, kernel: NoiseKernel = .best) throws(PrivacyParameterError) {
    table = try NoiseTable(scale: scale)
    self.kernel = kernel
  }

  /// `count` fresh samples, from a fresh key.
  package func sample(count: Int) throws(NoiseError) -> [Int16] {
    var keystream = try CounterKeystream()
    return try sample(count: count, from: &keystream)
  }

  /// `count` samples from the words of `keystream`, one each. The words are wiped.
  package func sample(count: Int, from keystream: inout CounterKeystream) throws(NoiseError) -> [Int16] {
    var samples = [Int16](repeating: 0, count: max(count, 0))
    let words = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: Self.chunk)
    words.initialize(repeating: 0)
    defer {
      SecretMemory.wipe(words)
      words.deallocate()
    }
    for start in stride(from: 0, to: samples.count, by: Self.chunk) {
      let length = min(Self.chunk, samples.count - start)
      let part = UnsafeMutableBufferPointer(rebasing: words[..<length])
      try keystream.fill(part)
      samples.withUnsafeMutableBufferPointer {
        kernel.sample(table, words: UnsafeBufferPointer(part), into: UnsafeMutableBufferPointer(rebasing: $0[start...]))
      }
    }
    return samples
  }

  /// The samples of given words: the seam where kernels are compared and table boundaries probed.
  package func samples(of words: [UInt64]) -> [Int16] {
    var samples = [Int16](repeating: 0, count: words.count)
    words.withUnsafeBufferPointer { source in
      samples.withUnsafeMutableBufferPointer { kernel.sample(table, words: source, into: $0) }
    }
    return samples
  }
}
