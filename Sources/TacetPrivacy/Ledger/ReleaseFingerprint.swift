internal import CSodium

/// 64 bits that stand for a release or for numbers, under a random salt: equal things have equal ones, and nobody who does
/// not know the salt can make others collide (SipHash-2-4, Aumasson and Bernstein 2012).
package struct ReleaseFingerprint: Sendable, Hashable {
  /// The length of a salt in bytes.
  static let saltByteCount = Int(crypto_shorthash_KEYBYTES)

  let salt: [UInt8]

  /// Under a salt of its own.
  package init() {
    salt = (0..<Self.saltByteCount).map { _ in UInt8.random(in: 0 ... .max) }
  }

  /// Under a known salt; nil when it is not 16 bytes long.
  init?(salt: [UInt8]) {
    guard salt.count == Self.saltByteCount else { return nil }
    self.salt = salt
  }

  /// Of a release of a device. Neither name can have a space, which is put between them.
  package func of(_ release: String, device: String) -> UInt64 {
    let count = device.utf8.count + 1 + release.utf8.count
    return withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { bytes in
      var (device, release) = (device, release)
      let gap = device.withUTF8 { name in
        bytes.copyBytes(from: name)
        return name.count
      }
      bytes[gap] = 0x20
      release.withUTF8 { UnsafeMutableRawBufferPointer(rebasing: bytes[(gap + 1)...]).copyBytes(from: $0) }
      return hash(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Of two numbers in their order.
  package func of(_ first: UInt64, _ second: UInt64) -> UInt64 {
    withUnsafeBytes(of: (first.littleEndian, second.littleEndian)) { hash($0) }
  }

  private func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var digest: UInt64 = 0
    withUnsafeMutableBytes(of: &digest) { digest in
      salt.withUnsafeBufferPointer { salt in
        guard let output = digest.assumingMemoryBound(to: UInt8.self).baseAddress,
          let input = bytes.assumingMemoryBound(to: UInt8.self).baseAddress, let key = salt.baseAddress
        else { return }
        // None of them is empty; eight bytes are written. It returns 0 whatever it is given.
        _ = crypto_shorthash(output, input, UInt64(bytes.count), key)
      }
    }
    return UInt64(littleEndian: digest)
  }
}
