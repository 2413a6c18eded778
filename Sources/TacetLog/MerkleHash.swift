import Crypto
import Foundation

/// A SHA-256 value of a Merkle tree: 32 bytes (RFC 9162 §2.1.1), kept as four words so that a million of them take no
/// allocation.
public struct MerkleHash: Hashable, Sendable {
  /// The length of every value in bytes.
  public static let byteCount = 32

  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Takes 32 bytes; nil for any other number.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(checked: bytes)
  }

  /// The hash of a leaf: SHA-256(0x00 ‖ leaf), RFC 9162 §2.1.1.
  public init(leaf: some Sequence<UInt8>) {
    self =
      leaf.withContiguousStorageIfAvailable { MerkleHash(Self.digest(leaf: UnsafeRawBufferPointer($0))) }
      ?? Array(leaf).withUnsafeBytes { MerkleHash(Self.digest(leaf: $0)) }
  }

  /// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right), RFC 9162 §2.1.1.
  public init(left: MerkleHash, right: MerkleHash) {
    let node = withUnsafeTemporaryAllocation(byteCount: 1 + 2 * Self.byteCount, alignment: 1) { buffer in
      buffer[0] = 0x01
      left.copy(to: buffer, at: 1)
      right.copy(to: buffer, at: 1 + Self.byteCount)
      var hasher = SHA256()
      hasher.update(bufferPointer: UnsafeRawBufferPointer(buffer))
      return hasher.finalize()
    }
    self.init(node)
  }

  /// The root of the tree without leaves: SHA-256 of nothing, RFC 9162 §2.1.1.
  public static let empty = MerkleHash(SHA256.hash(data: [UInt8]()))

  /// The 32 bytes.
  public var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
    }
  }

  /// Lower-case hexadecimal digits.
  public var hex: String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// Standard base64 with padding, as checkpoints show it.
  public var base64: String { Data(bytes).base64EncodedString() }

  /// Whether two values are the same.
  public static func == (left: MerkleHash, right: MerkleHash) -> Bool {
    left.words == right.words
  }

  /// Feeds the value to `hasher`.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }

  private static func digest(leaf: UnsafeRawBufferPointer) -> SHA256.Digest {
    withUnsafeTemporaryAllocation(byteCount: 1 + leaf.count, alignment: 1) { buffer in
      buffer[0] = 0x00
      UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: leaf)
      var hasher = SHA256()
      hasher.update(bufferPointer: UnsafeRawBufferPointer(buffer))
      return hasher.finalize()
    }
  }

  /// A digest is 32 bytes.
  private init(_ digest: SHA256.Digest) {
    words = digest.withUnsafeBytes { bytes in
      let word = { UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)) }
      return (word(0), word(8), word(16), word(24))
    }
  }

  /// `bytes` are 32.
  private init(checked bytes: some Sequence<UInt8>) {
    var (words, count) = ((UInt64(0), UInt64(0), UInt64(0), UInt64(0)), 0)
    for byte in bytes {
      switch count >> 3 {
      case 0: words.0 = words.0 << 8 | UInt64(byte)
      case 1: words.1 = words.1 << 8 | UInt64(byte)
      case 2: words.2 = words.2 << 8 | UInt64(byte)
      default: words.3 = words.3 << 8 | UInt64(byte)
      }
      count += 1
    }
    self.words = words
  }

  private func copy(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
    buffer.storeBytes(of: words.0.bigEndian, toByteOffset: offset, as: UInt64.self)
    buffer.storeBytes(of: words.1.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
    buffer.storeBytes(of: words.2.bigEndian, toByteOffset: offset + 16, as: UInt64.self)
    buffer.storeBytes(of: words.3.bigEndian, toByteOffset: offset + 24, as: UInt64.self)
  }
}
