/// What two parties of a mesh say to each other, before it is made into bytes and after it was checked.
///
/// A request has ``Kind-swift.enum`` anything but ``Kind-swift.enum/answer`` and no status; a reply is an
/// ``Kind-swift.enum/answer`` and has one. Whatever a message says, ``MessageCodec`` gives it the same length.
package struct Message: Sendable, Hashable {
  /// What the message is for.
  package var kind: Kind
  /// How the request fared; ``Status-swift.enum/unspecified`` exactly in requests.
  package var status: Status
  /// Chosen by the asker, repeated in the answer.
  package var id: UInt64
  /// The time step the message speaks of.
  package var step: UInt64
  /// The site the message speaks of: at most 64 bytes of UTF-8 without control characters.
  package var site: String
  /// A few words for a person: at most 256 bytes of UTF-8 without control characters.
  package var detail: String
  /// The tensor or checkpoint carried.
  package var payload: Payload

  /// A request.
  package init(
    kind: Kind, id: UInt64 = 0, step: UInt64 = 0, site: String = "", detail: String = "", payload: Payload = .none
  ) {
    self.kind = kind
    self.status = .unspecified
    self.id = id
    self.step = step
    self.site = site
    self.detail = detail
    self.payload = payload
  }

  /// The reply to this request: the same id, step and site.
  package func answer(_ status: Status, detail: String = "", payload: Payload = .none) -> Message {
    var answer = Message(kind: .answer, id: id, step: step, site: site, detail: detail, payload: payload)
    answer.status = status
    return answer
  }
}

extension Message {
  /// What a message is for.
  package enum Kind: Sendable, Hashable, CaseIterable {
    /// A noised activation of the site at the step.
    case release
    /// A question for the encoding of the other sites at the step.
    case query
    /// Says nothing: keeps the traffic constant.
    case cover
    /// A question for the state of the node.
    case status
    /// An order of the admin: answer from the student alone.
    case fallback
    /// An order of the admin: take part in the mesh again.
    case restore
    /// A question for a checkpoint.
    case audit
    /// A device shows its ledger's checkpoint to a peer that keeps it.
    case checkpoint
    /// A reply.
    case answer
  }

  /// How a request fared.
  package enum Status: Sendable, Hashable, CaseIterable {
    /// In requests, and only there.
    case unspecified
    /// Done; the payload is the answer.
    case ok
    /// The peer is known, but not permitted to ask this.
    case refused
    /// Not a message of this protocol and policy.
    case malformed
    /// The node cannot answer now.
    case unavailable
  }
}
