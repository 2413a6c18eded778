import TacetPrivacy
import Testing

@Suite struct NoiseKernelTests {
  static let kernels = NoiseKernel.allCases.filter(\.isAvailable)

  /// The definition, without regard to time: |z| counts the thresholds not above the low 63 bits.
  static func expected(_ word: UInt64, _ thresholds: [UInt64]) -> Int16 {
    let magnitude = Int16(thresholds.prefix { $0 <= word & (.max >> 1) }.count)
    return word >> 63 == 1 ? -magnitude : magnitude
  }

  @Test(
    "Every threshold is exact, below and at, with both signs", arguments: ReleaseParameters.supportedScales, kernels)
  func boundaries(scale: Int, kernel: NoiseKernel) throws {
    let sampler = try GaussianSampler(scale: scale, kernel: kernel)
    let thresholds = sampler.table.thresholds
    let sign = UInt64(1) << 63
    for threshold in thresholds {
      let words = [threshold - 1, threshold, (threshold - 1) | sign, threshold | sign]
      // In the far tail neighbouring thresholds may be equal: no word has those magnitudes.
      let (below, upTo) = (thresholds.filter { $0 < threshold }.count, thresholds.filter { $0 <= threshold }.count)
      let want = [below, upTo, -below, -upTo].map { Int16($0) }
      // One at a time runs the scalar tail, sixteen at a time the vector loop.
      #expect(words.flatMap { sampler.samples(of: [$0]) } == want)
      let many = (0..<16).map { words[$0 % 4] }
      #expect(sampler.samples(of: many) == (0..<16).map { want[$0 % 4] })
    }
    let last = Int16(thresholds.count)
    #expect(sampler.samples(of: [0, sign, .max >> 1, .max]) == [0, 0, last, -last])
  }

  @Test(
    "Known words give the same samples in every kernel, at every length", arguments: ReleaseParameters.supportedScales)
  func kernelsAgree(scale: Int) throws {
    var keystream = try CounterKeystream(key: CounterKeystreamTests.key, counter: CounterKeystreamTests.counter)
    let words = try keystream.words(2000)
    let table = try NoiseTable(scale: scale)
    let want = words.map { Self.expected($0, table.thresholds) }
    for kernel in Self.kernels {
      let sampler = try GaussianSampler(scale: scale, kernel: kernel)
      #expect(sampler.samples(of: words) == want)
      for count in 0..<50 {
        #expect(sampler.samples(of: Array(words.prefix(count))) == Array(want.prefix(count)))
      }
    }
  }

  @Test("Known answers of SP 800-38A's keystream at S = 8")
  func knownAnswer() throws {
    var keystream = try CounterKeystream(key: CounterKeystreamTests.key, counter: CounterKeystreamTests.counter)
    // v = 0x3316…/2^63 = 0.399, 0.0216, 0.0476, 0.160 (negative): thresholds of S = 8 put these at 4, 0, 0, −2.
    #expect(try GaussianSampler(scale: 8).sample(count: 4, from: &keystream) == [4, 0, 0, -2])
  }
}
