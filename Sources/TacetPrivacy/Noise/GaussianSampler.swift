internal import CNoise

/// Draws independent noise z in constant time: with one draw the rounded Gaussian
/// P(z = j) = Φ((j+½)/S) − Φ((j−½)/S), with two a·z₁ + z₂ of such (see ``NoiseScale``).
///
/// Inverse distribution function over words of a keystream that belongs to one call alone.
package struct GaussianSampler: Sendable {
  /// S, and the draws that make it.
  package let scale: NoiseScale
  /// One table a draw.
  package let tables: [NoiseTable]
  private let kernel: NoiseKernel

  /// Words of keystream held at a time, for one draw: a power of two.
  private static let chunk = 1024

  /// Throws when `scale` has no tables (`NoiseScale` makes none such). `kernel` must be available on this machine.
  package init(
    scale: NoiseScale, precision: NoisePrecision = .narrow, kernel: NoiseKernel = .best
  ) throws(PrivacyParameterError) {
    var tables: [NoiseTable] = []
    for table in scale.tableScales { tables.append(try NoiseTable(scale: table, precision: precision)) }
    (self.scale, self.tables, self.kernel) = (scale, tables, kernel)
  }

  /// The same from the nominal scale.
  package init(
    scale: Int, precision: NoisePrecision = .narrow, kernel: NoiseKernel = .best
  ) throws(PrivacyParameterError) {
    try self.init(scale: NoiseScale(nominal: scale), precision: precision, kernel: kernel)
  }

  /// The largest |z|: at most 27 687.
  package var largestMagnitude: Int {
    tables.count == 1
      ? tables[0].largestMagnitude : scale.factor * tables[0].largestMagnitude + tables[1].largestMagnitude
  }

  /// `count` fresh samples of a scale, from a fresh key: the noise of one release.
  package static func noise(
    _ scale: NoiseScale, precision: NoisePrecision, count: Int
  ) throws(NoiseError) -> [Int16] {
    let sampler: GaussianSampler
    do {
      sampler = try GaussianSampler(scale: scale, precision: precision)
    } catch {
      // A `NoiseScale` is made of scales that have tables (a test holds them equal).
      preconditionFailure(error.description)
    }
    return try sampler.sample(count: count)
  }

  /// `count` fresh samples, from a fresh key.
  package func sample(count: Int) throws(NoiseError) -> [Int16] {
    var keystream = try CounterKeystream()
    return try sample(count: count, from: &keystream)
  }

  /// `count` samples from the words of `keystream`. The words are wiped.
  package func sample(count: Int, from keystream: inout CounterKeystream) throws(NoiseError) -> [Int16] {
    var failure: NoiseError?
    let samples = [Int16](unsafeUninitializedCapacity: max(count, 0)) { buffer, filled in
      do throws(NoiseError) {
        try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<max(count, 0)]), from: &keystream)
        filled = max(count, 0)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return samples
  }

  /// Fills `output` with samples from the words of `keystream`, which are wiped.
  ///
  /// A chunk of samples takes the words of its first draws, then those of its second; only the last chunk is short.
  package func fill(
    _ output: UnsafeMutableBufferPointer<Int16>, from keystream: inout CounterKeystream
  ) throws(NoiseError) {
    let words = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: Self.chunk)
    let outer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: tables.count == 2 ? Self.chunk : 0)
    defer {
      SecretMemory.wipe(words)
      words.deallocate()
      SecretMemory.wipe(outer)
      outer.deallocate()
    }
    let step = Self.chunk / tables[0].wordsPerSample
    for start in stride(from: 0, to: output.count, by: step) {
      let target = UnsafeMutableBufferPointer(rebasing: output[start..<min(start + step, output.count)])
      guard tables.count == 2 else {
        try draw(tables[0], into: target, words: words, from: &keystream)
        continue
      }
      let factored = UnsafeMutableBufferPointer(rebasing: outer[..<target.count])
      try draw(tables[0], into: factored, words: words, from: &keystream)
      try draw(tables[1], into: target, words: words, from: &keystream)
      combine(factored, into: target)
    }
  }

  /// The samples of given words, as one chunk: the seam where kernels are compared and table boundaries probed. There are
  /// draws × ``NoiseTable/wordsPerSample`` words a sample.
  package func samples(of words: [UInt64]) -> [Int16] {
    let count = words.count / (tables.count * tables[0].wordsPerSample)
    // Ours to keep: callers are tests.
    precondition(words.count == count * tables.count * tables[0].wordsPerSample)
    let inner = samples(of: words.suffix(count * tables[0].wordsPerSample), from: tables[tables.count - 1])
    guard tables.count == 2 else { return inner }
    var (outer, sums) = (samples(of: words.prefix(count * tables[0].wordsPerSample), from: tables[0]), inner)
    outer.withUnsafeMutableBufferPointer { outer in
      sums.withUnsafeMutableBufferPointer { combine(outer, into: $0) }
    }
    return sums
  }

  private func samples(of words: ArraySlice<UInt64>, from table: NoiseTable) -> [Int16] {
    var samples = [Int16](repeating: 0, count: words.count / table.wordsPerSample)
    words.withUnsafeBufferPointer { source in
      samples.withUnsafeMutableBufferPointer { kernel.sample(table, words: source, into: $0) }
    }
    return samples
  }

  private func draw(
    _ table: NoiseTable, into target: UnsafeMutableBufferPointer<Int16>, words: UnsafeMutableBufferPointer<UInt64>,
    from keystream: inout CounterKeystream
  ) throws(NoiseError) {
    let part = UnsafeMutableBufferPointer(rebasing: words[..<(target.count * table.wordsPerSample)])
    try keystream.fill(part)
    kernel.sample(table, words: UnsafeBufferPointer(part), into: target)
  }

  /// `inner` becomes a · `outer` + `inner`: at most ``largestMagnitude``, so that it fits.
  private func combine(_ outer: UnsafeMutableBufferPointer<Int16>, into inner: UnsafeMutableBufferPointer<Int16>) {
    guard let source = outer.baseAddress, let target = inner.baseAddress else { return }
    cnoise_combine(Int16(scale.factor), source, inner.count, target)
  }
}
