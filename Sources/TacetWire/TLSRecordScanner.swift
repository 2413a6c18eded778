/// Finds the records in a stream of TLS bytes by their headers (RFC 8446, section 5.1), without keeping the bytes.
package struct TLSRecordScanner: Sendable {
  /// A record whose header has passed.
  package struct Record: Sendable, Hashable {
    /// 20 change cipher spec, 21 alert, 22 handshake, 23 application data.
    package var type: UInt8
    /// Header and content.
    package var bytes: Int
  }

  /// Of the header that is passing: how many of its bytes have, and their values.
  private var headerCount = 0
  private var header: UInt64 = 0
  private var contentLeft = 0

  private static let headerBytes = 5

  /// Between records.
  package init() {}

  /// Takes the next bytes of the stream.
  /// - Parameter found: called for each record whose header they complete.
  package mutating func scan(_ bytes: UnsafeRawBufferPointer, found: (Record) -> Void) {
    var position = 0
    while position < bytes.count {
      if contentLeft > 0 {
        let skipped = min(contentLeft, bytes.count - position)
        contentLeft -= skipped
        position += skipped
        continue
      }
      header = header << 8 | UInt64(bytes[position])
      headerCount += 1
      position += 1
      if headerCount == Self.headerBytes {
        contentLeft = Int(header & 0xFFFF)
        found(Record(type: UInt8(truncatingIfNeeded: header >> 32), bytes: Self.headerBytes + contentLeft))
        headerCount = 0
      }
    }
  }
}
