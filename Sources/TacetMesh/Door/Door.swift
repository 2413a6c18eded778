package import TacetIdentity
package import TacetWire

/// Everything behind the two transports: what a node answers.
///
/// Nothing is thrown: a refusal is a message with a status, so that it looks like any other. When a reply leaves is not decided
/// here, but by the transports, from the moment of the request's arrival alone.
package protocol Door: Sendable {
  /// Answers a request.
  /// - Parameters:
  ///   - request: well formed, of the one message size.
  ///   - peer: verified on this connection, and not expired at the moment of the call.
  func exchange(_ request: Message, from peer: PeerIdentity) async -> Reply
}

/// An answer, and what it would betray if its looks did.
package struct Reply: Sendable, Hashable {
  /// The answer.
  package var message: Message
  /// How the answer came about, where its status does not say it: as `hit` or `miss` of a cache. For traces alone.
  package var trace: String?

  package init(_ message: Message, trace: String? = nil) {
    self.message = message
    self.trace = trace
  }
}
