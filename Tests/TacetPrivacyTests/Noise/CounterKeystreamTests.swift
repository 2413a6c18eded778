import Testing

@testable import TacetPrivacy

@Suite struct CounterKeystreamTests {
  /// NIST SP 800-38A, F.5.5 (CTR-AES256.Encrypt): key, initial counter, and the output blocks, as published.
  static let key: [UInt8] = [
    0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81,
    0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4,
  ]
  static let counter: [UInt8] = (0xf0...0xff).map { $0 }

  @Test("The words are the published keystream, and continue across calls")
  func knownAnswer() throws {
    var keystream = try CounterKeystream(key: Self.key, counter: Self.counter)
    // Output blocks 1 and 2: 0bdf7df1591716335e9a8b15c860c502, 5a6e699d536119065433863c8f657b94.
    #expect(try keystream.words(3) == [0x3316_1759_f17d_df0b, 0x02c5_60c8_158b_9a5e, 0x0619_6153_9d69_6e5a])
    #expect(try keystream.words(1) == [0x947b_658f_3c86_3354])
  }

  @Test("Two keystreams never share a word (false alarm: 2^-44 for 512 words each)")
  func freshKeys() throws {
    var one = try CounterKeystream()
    var other = try CounterKeystream()
    #expect(Set(try one.words(512)).isDisjoint(with: try other.words(512)))
  }
}

extension CounterKeystream {
  /// The next `count` words.
  mutating func words(_ count: Int) throws -> [UInt64] {
    let buffer = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: count)
    defer { buffer.deallocate() }
    buffer.initialize(repeating: 0)
    try fill(buffer)
    return Array(buffer)
  }

  /// A keystream that is the same in every run: tests that count are reproducible.
  static func seeded(_ seed: UInt8) throws -> CounterKeystream {
    try CounterKeystream(
      key: [UInt8](repeating: seed, count: keyLength), counter: [UInt8](repeating: 0, count: counterLength))
  }
}
