/// What a policy lets an observer expect of a connection.
package struct WireExpectation: Sendable, Hashable {
  /// `message.bytes`; nil where it is not known: then the most frequent size is a message's.
  package var messageBytes: Int?
  /// `timing.deadline` in seconds: no reply comes earlier.
  package var deadline: Double?
  /// The time between two slots of a sender, in seconds.
  package var slot: Double?
  /// The most application-data records of a direction before the first message: handshake and session tickets.
  package var longestPreamble = 8

  package init(messageBytes: Int? = nil, deadline: Double? = nil, slot: Double? = nil) {
    self.messageBytes = messageBytes
    self.deadline = deadline
    self.slot = slot
  }

  /// The sizes of the TLS records of a link's message: at most 2¹⁴ bytes of content each (RFC 8446, section 5.1), and 22 around.
  var linkRecords: [Int]? {
    guard let messageBytes, messageBytes > 0 else { return nil }
    let (full, rest) = messageBytes.quotientAndRemainder(dividingBy: 16_384)
    return Array(repeating: 16_384 + Self.recordOverhead, count: full) + (rest > 0 ? [rest + Self.recordOverhead] : [])
  }

  /// Header of 5, content type of 1, tag of 16.
  static let recordOverhead = 22
}
