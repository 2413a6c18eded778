internal import CLibcrypto
internal import CSodium

/// The keystream of AES-256 in counter mode (NIST SP 800-38A, section 6.5), as words: the sampler's randomness.
///
/// Each has a key of its own, straight from the system's generator, which is wiped once libcrypto has expanded it; what
/// libcrypto holds is wiped when the keystream goes. No state outlives a release or is shared between two, so a forked
/// process or a restored snapshot that asks for another keystream gets another key.
package struct CounterKeystream: ~Copyable {
  private let context: OpaquePointer

  /// 32.
  package static let keyLength = 32
  /// 16.
  package static let counterLength = 16

  /// Fresh key, counter zero.
  package init() throws(NoiseError) {
    guard Self.systemRandomnessIsReady else { throw .systemRandomnessUnavailable }
    var key = [UInt8](repeating: 0, count: Self.keyLength)
    defer { SecretMemory.wipe(&key) }
    randombytes_buf(&key, key.count)
    context = try Self.open(key: key, counter: [UInt8](repeating: 0, count: Self.counterLength))
  }

  /// For known answers in tests. `key` has ``keyLength`` bytes, `counter` (the first block) ``counterLength``.
  package init(key: [UInt8], counter: [UInt8]) throws(NoiseError) {
    context = try Self.open(key: key, counter: counter)
  }

  private static func open(key: [UInt8], counter: [UInt8]) throws(NoiseError) -> OpaquePointer {
    // Ours to keep: callers are this file and tests.
    precondition(key.count == keyLength && counter.count == counterLength)
    guard let cipher, let context = EVP_CIPHER_CTX_new() else { throw .cipherUnavailable }
    guard EVP_EncryptInit_ex(context, cipher, nil, key, counter) == 1 else {
      EVP_CIPHER_CTX_free(context)
      throw .cipherUnavailable
    }
    return context
  }

  deinit {
    // Clears the expanded key before freeing it.
    EVP_CIPHER_CTX_free(context)
  }

  /// Fills `words` with the next of the keystream, little-endian.
  package mutating func fill(_ words: UnsafeMutableBufferPointer<UInt64>) throws(NoiseError) {
    let bytes = UnsafeMutableRawBufferPointer(words)
    // Counter mode turns zeros into the keystream.
    let result = Self.zeros.withUnsafeBufferPointer { zeros in
      for start in stride(from: 0, to: bytes.count, by: zeros.count) {
        let length = min(bytes.count - start, zeros.count)
        var written: Int32 = 0
        let place = bytes.baseAddress?.advanced(by: start).assumingMemoryBound(to: UInt8.self)
        let done = EVP_EncryptUpdate(context, place, &written, zeros.baseAddress, Int32(length))
        guard done == 1, Int(written) == length else { return false }
      }
      return true
    }
    guard result else { throw .cipherUnavailable }
    #if _endian(big)
      for index in words.indices { words[index] = UInt64(littleEndian: words[index]) }
    #endif
  }

  /// Looked up once: libcrypto's look-up by name costs as much as a thousand samples.
  ///
  /// `nonisolated(unsafe)`: libcrypto's algorithm objects are immutable and made to be shared by threads; never freed.
  private nonisolated(unsafe) static let cipher = EVP_CIPHER_fetch(nil, "AES-256-CTR", nil)

  private static let zeros = [UInt8](repeating: 0, count: 1 << 14)

  /// libsodium is initialised once; negative means that it could not be.
  private static let systemRandomnessIsReady = sodium_init() >= 0
}
