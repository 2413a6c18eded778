package import TacetIdentity
package import TacetWire

/// Everything behind the two transports: what a node answers, and when.
///
/// Nothing is thrown: a refusal is a message with a status, so that it looks like any other. Each method returns at
/// the moment the reply shall leave.
package protocol Door: Sendable {
  /// Answers a request.
  /// - Parameters:
  ///   - request: well formed, of the one message size.
  ///   - peer: verified on this connection, and not expired at the moment of the call.
  func exchange(_ request: Message, from peer: PeerIdentity) async -> Message

  /// Answers bytes that are no message, as late as a request would be answered.
  /// - Parameters:
  ///   - error: what is wrong with them.
  ///   - peer: as above.
  func exchange(malformed error: WireError, from peer: PeerIdentity) async -> Message
}

extension Door {
  /// Lets a cover message through the door, so that the answer takes its time, and replaces what it says.
  package func exchange(malformed error: WireError, from peer: PeerIdentity) async -> Message {
    let cover = Message(kind: .cover)
    _ = await exchange(cover, from: peer)
    return cover.answer(.malformed, detail: "\(error)")
  }
}
