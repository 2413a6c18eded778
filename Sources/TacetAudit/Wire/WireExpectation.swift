/// What a policy lets an observer expect of a connection.
package struct WireExpectation: Sendable, Hashable {
  /// `message.bytes`; nil where it is not known: then the most frequent size is a message's.
  package var messageBytes: Int?
  /// `timing.deadline` in seconds: no reply comes earlier.
  package var deadline: Double?
  /// `timing.jitter`'s cap in seconds.
  package var jitterCap: Double?
  /// The time between two slots of a sender, in seconds.
  package var slot: Double?
  /// The most application-data records of a direction before the first message: handshake and session tickets.
  package var longestPreamble = 8

  package init(messageBytes: Int? = nil, deadline: Double? = nil, jitterCap: Double? = nil, slot: Double? = nil) {
    self.messageBytes = messageBytes
    self.deadline = deadline
    self.jitterCap = jitterCap
    self.slot = slot
  }

  /// From when on a reply is late, in seconds after its request: the deadline, the longest jitter, and for the machine's sake as much
  /// again, or 10 ms.
  var latest: Double? {
    guard let deadline, let jitterCap else { return nil }
    return deadline + jitterCap + max(0.010, jitterCap)
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
