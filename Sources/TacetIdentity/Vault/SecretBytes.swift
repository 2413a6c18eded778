import CSodium

/// Bytes that are nobody's business: in locked, guarded memory that is wiped when it goes, and never in a description.
///
/// Sendable is unchecked because of the pointer: the memory is written in `init` alone, before anyone else has the object,
/// only read afterwards, and freed in `deinit`, when nobody has it any more.
public final class SecretBytes: @unchecked Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  /// The number of bytes.
  public let count: Int
  private let memory: UnsafeMutablePointer<UInt8>

  /// Always the same.
  public var description: String { "<redacted>" }
  /// Always the same.
  public var debugDescription: String { "<redacted>" }

  /// Room for `count` bytes, filled by `body`.
  /// - Throws: ``IdentityError`` when no locked memory is to be had; what `body` throws.
  init(count: Int, filledBy body: (UnsafeMutablePointer<UInt8>) throws(IdentityError) -> Void) throws(IdentityError) {
    guard sodium_init() >= 0, let memory = sodium_malloc(max(count, 1)) else {
      throw IdentityError(
        .internalFault, "no protected memory for a secret: raise the limit of locked memory (ulimit -l)")
    }
    self.count = count
    self.memory = memory.bindMemory(to: UInt8.self, capacity: max(count, 1))
    try body(self.memory)
  }

  /// A copy of these bytes; the caller's own copy is the caller's to wipe.
  convenience init(_ bytes: some Collection<UInt8>) throws(IdentityError) {
    try self.init(count: bytes.count) { memory in
      for (index, byte) in bytes.enumerated() { memory[index] = byte }
    }
  }

  deinit { sodium_free(memory) }

  /// Lends the bytes.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try body(UnsafeRawBufferPointer(start: memory, count: count))
  }

  /// Lends the address of the bytes.
  func withPointer<Result>(_ body: (UnsafePointer<UInt8>) throws -> Result) rethrows -> Result {
    try body(memory)
  }

  /// Lends a copy of the bytes as an array, which is wiped afterwards.
  public func withBytes<Result>(_ body: ([UInt8]) throws -> Result) rethrows -> Result {
    var copy = withUnsafeBytes { Array($0) }
    defer { copy.withUnsafeMutableBytes { sodium_memzero($0.baseAddress, $0.count) } }
    return try body(copy)
  }
}
