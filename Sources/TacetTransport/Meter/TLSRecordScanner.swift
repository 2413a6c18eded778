/// Finds the records in a stream of TLS bytes by their headers (RFC 8446, section 5.1), without keeping the bytes.
package struct TLSRecordScanner {
  /// A record whose header has passed.
  package struct Record: Sendable, Hashable {
    /// 20 change cipher spec, 21 alert, 22 handshake, 23 application data.
    package var type: UInt8
    /// Header and content.
    package var bytes: Int
  }

  private var header: [UInt8] = []
  private var contentLeft = 0

  /// Takes the next bytes of the stream.
  /// - Returns: the records whose headers they complete.
  mutating func scan(_ bytes: some Collection<UInt8>) -> [Record] {
    var records: [Record] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      if contentLeft > 0 {
        let skipped = rest.prefix(contentLeft)
        contentLeft -= skipped.count
        rest = rest[skipped.endIndex...]
        continue
      }
      header.append(rest.removeFirst())
      if header.count == 5 {
        contentLeft = Int(header[3]) << 8 | Int(header[4])
        records.append(Record(type: header[0], bytes: 5 + contentLeft))
        header.removeAll(keepingCapacity: true)
      }
    }
    return records
  }
}
