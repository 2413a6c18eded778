import TacetPrivacy
import Testing

@Suite struct NoiseKernelTests {
  static let kernels = NoiseKernel.allCases.filter(\.isAvailable)

  /// The definition, without regard to time: |z| counts the thresholds not above the word less its sign.
  static func expected(_ word: UInt128, _ table: NoiseTable) -> Int16 {
    let sign = UInt128(1) << (64 * table.wordsPerSample - 1)
    let magnitude = Int16(table.thresholds.prefix { $0 <= word & (sign - 1) }.count)
    return word & sign == 0 ? magnitude : -magnitude
  }

  /// As the kernels take it: the lower half first.
  static func halves(_ word: UInt128, _ table: NoiseTable) -> [UInt64] {
    [UInt64(truncatingIfNeeded: word), UInt64(truncatingIfNeeded: word >> 64)].prefix(table.wordsPerSample).map { $0 }
  }

  @Test(
    "Every threshold is exact, below and at, with both signs",
    arguments: kernels.flatMap { kernel in
      NoisePrecision.allCases.map { (kernel, $0) }
    })
  func boundaries(kernel: NoiseKernel, precision: NoisePrecision) throws {
    for scale in ReleaseParameters.supportedScales {
      let sampler = try GaussianSampler(scale: scale, precision: precision, kernel: kernel)
      let (table, thresholds) = (sampler.tables[0], sampler.tables[0].thresholds)
      let sign = UInt128(1) << (precision.rawValue - 1)
      var words: [UInt128] = []
      var want: [Int] = []
      for threshold in thresholds {
        // In the far tail neighbouring thresholds may be equal: no word has those magnitudes.
        let below = thresholds.prefix { $0 < threshold }.count
        let upTo = thresholds.prefix { $0 <= threshold }.count
        words += [threshold - 1, threshold, (threshold - 1) | sign, threshold | sign]
        want += [below, upTo, -below, -upTo]
      }
      let last = table.largestMagnitude
      words += [0, sign, sign - 1, sign | (sign - 1)]
      want += [0, 0, last, -last]
      // All at once runs the vector loop, except for what is left over at the end; the last few alone, the scalar one.
      #expect(sampler.samples(of: words.flatMap { Self.halves($0, table) }) == want.map { Int16($0) })
      let few = words.suffix(7).flatMap { Self.halves($0, table) }
      #expect(sampler.samples(of: few) == want.suffix(7).map { Int16($0) })
    }
  }

  @Test(
    "Known words give the same samples in every kernel, at every length", arguments: ReleaseParameters.supportedScales,
    NoisePrecision.allCases)
  func kernelsAgree(scale: Int, precision: NoisePrecision) throws {
    var keystream = try CounterKeystream(key: CounterKeystreamTests.key, counter: CounterKeystreamTests.counter)
    let table = try NoiseTable(scale: scale, precision: precision)
    let words = try keystream.words(500 * table.wordsPerSample)
    let want = (0..<500).map { index in
      let parts = words[index * table.wordsPerSample..<(index + 1) * table.wordsPerSample]
      return Self.expected(parts.reversed().reduce(0) { $0 << 64 | UInt128($1) }, table)
    }
    for kernel in Self.kernels {
      let sampler = try GaussianSampler(scale: scale, precision: precision, kernel: kernel)
      #expect(sampler.samples(of: words) == want)
      for count in 0..<50 {
        let some = Array(words.prefix(count * table.wordsPerSample))
        #expect(sampler.samples(of: some) == Array(want.prefix(count)))
      }
    }
  }

  @Test("Known answers of SP 800-38A's keystream at S = 8")
  func knownAnswer() throws {
    var keystream = try CounterKeystream(key: CounterKeystreamTests.key, counter: CounterKeystreamTests.counter)
    // v = 0x3316…/2^63 = 0.399, 0.0216, 0.0476, 0.160 (negative): thresholds of S = 8 put these at 4, 0, 0, −2.
    #expect(try GaussianSampler(scale: 8).sample(count: 4, from: &keystream) == [4, 0, 0, -2])
    // Two words a sample, the second the higher: 0.0216 (02c5…) positive and 0.160 (947b…) negative.
    var again = try CounterKeystream(key: CounterKeystreamTests.key, counter: CounterKeystreamTests.counter)
    #expect(try GaussianSampler(scale: 8, precision: .wide).sample(count: 2, from: &again) == [0, -2])
  }

  @Test("The AVX kernels have room for every table")
  func columnsFit() throws {
    for precision in NoisePrecision.allCases {
      for scale in ReleaseParameters.supportedScales {
        // CNOISE_LARGEST_COUNT of columns.h.
        #expect(try NoiseTable(scale: scale, precision: precision).largestMagnitude <= 1023)
      }
    }
  }
}
