import Crypto
import Foundation

/// A SHA-256 value of a Merkle tree: 32 bytes (RFC 9162 §2.1.1).
public struct MerkleHash: Hashable, Sendable {
  /// The length of every value in bytes.
  public static let byteCount = 32

  /// The 32 bytes.
  public let bytes: [UInt8]

  /// Takes 32 bytes; nil for any other number.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = Array(bytes)
  }

  /// The hash of a leaf: SHA-256(0x00 ‖ leaf), RFC 9162 §2.1.1.
  public init(leaf: some Sequence<UInt8>) {
    self.init(prefix: 0x00, Array(leaf))
  }

  /// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right), RFC 9162 §2.1.1.
  public init(left: MerkleHash, right: MerkleHash) {
    self.init(prefix: 0x01, left.bytes + right.bytes)
  }

  /// The root of the tree without leaves: SHA-256 of nothing, RFC 9162 §2.1.1.
  public static let empty = MerkleHash(digest: SHA256.hash(data: [UInt8]()))

  /// Lower-case hexadecimal digits.
  public var hex: String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// Standard base64 with padding, as checkpoints show it.
  public var base64: String { Data(bytes).base64EncodedString() }

  private init(prefix: UInt8, _ content: [UInt8]) {
    var hasher = SHA256()
    hasher.update(data: [prefix])
    hasher.update(data: content)
    self.init(digest: hasher.finalize())
  }

  private init(digest: SHA256.Digest) {
    bytes = Array(digest)
  }
}
