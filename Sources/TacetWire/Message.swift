/// What two parties of a mesh say to each other, before it is made into bytes and after it was checked.
///
/// A request has ``Kind-swift.enum`` anything but ``Kind-swift.enum/answer`` and no status; a reply is an
/// ``Kind-swift.enum/answer`` and has one. Whatever a message says, ``MessageCodec`` gives it the same length.
package struct Message: Sendable, Hashable {
  /// The length of ``inputs``: SHA-256.
  package static let inputsLength = 32

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
  /// The model the message speaks of, as ``site``; empty for the first that the node has.
  package var model: String
  /// Which part of its tensor the message carries or asks for.
  package var part: Part
  /// What an encoding was made from: a digest of ``inputsLength`` bytes; empty where there is none.
  package var inputs: [UInt8]
  /// The tensor or checkpoint carried.
  package var payload: Payload

  /// A request.
  package init(
    kind: Kind, id: UInt64 = 0, step: UInt64 = 0, site: String = "", detail: String = "", model: String = "",
    part: Part = .whole, inputs: [UInt8] = [], payload: Payload = .none
  ) {
    self.kind = kind
    self.status = .unspecified
    self.id = id
    self.step = step
    self.site = site
    self.detail = detail
    self.model = model
    self.part = part
    self.inputs = inputs
    self.payload = payload
  }

  /// The reply to this request: the same id, step, site, model and part.
  package func answer(
    _ status: Status, detail: String = "", inputs: [UInt8] = [], payload: Payload = .none
  ) -> Message {
    var answer = Message(
      kind: .answer, id: id, step: step, site: site, detail: detail, model: model, part: part, inputs: inputs,
      payload: payload)
    answer.status = status
    return answer
  }
}

extension Message {
  /// A part of a tensor that is longer than a message. A whole one is part 0 of 1.
  package struct Part: Sendable, Hashable {
    /// The most parts a tensor has.
    package static let mostParts = 1024
    /// The only part of a tensor that fits a message.
    package static let whole = Part(index: 0, count: 1)

    /// 0 to ``count`` − 1.
    package var index: Int
    /// 1 to ``mostParts``.
    package var count: Int

    package init(index: Int, count: Int) {
      self.index = index
      self.count = count
    }
  }

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
    /// A device's noised part in a refresh of the student.
    case update
    /// A question for a part of the newest student.
    case student
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
    /// The answer was not ready when it had to leave.
    case late
    /// The node has no such model.
    case unknown
    /// The peer has asked more in this tick than the policy lets it.
    case overQuota
    /// The node failed to make the answer.
    case failed
  }
}
