/// One request and its reply, as an observer of the wire sees them.
package struct WireExchange: Sendable, Hashable {
  /// What the observer must not find out: the hidden class, where the capture comes with labels.
  package var label: String?
  /// Sizes of the request's TLS records in bytes, header included, in order.
  package var request: [Int]
  /// Sizes of the reply's TLS records in bytes, header included, in order.
  package var reply: [Int]
  /// Seconds from the request's last record to the reply's first.
  package var latency: Double
  /// Seconds from the first byte of the request to its last, where the whole of it was seen.
  package var requestTime: Double?
  /// Seconds from the first byte of the reply to its last.
  package var replyTime: Double?
  /// Seconds from the departure of the reply before it on this connection to this one's; nil for the first.
  package var replyGap: Double?
  /// Seconds from the request before it on this connection to this one; nil for the first.
  package var requestGap: Double?

  package init(
    label: String? = nil, request: [Int], reply: [Int], latency: Double, requestTime: Double? = nil,
    replyTime: Double? = nil, replyGap: Double? = nil, requestGap: Double? = nil
  ) {
    self.label = label
    self.request = request
    self.reply = reply
    self.latency = latency
    self.requestTime = requestTime
    self.replyTime = replyTime
    self.replyGap = replyGap
    self.requestGap = requestGap
  }
}
