package import TacetIdentity
package import TacetPolicy
package import TacetWire

/// A hidden class of exchanges that a peer can cause from outside.
package enum ProbeClass: Sendable, Hashable {
  /// A message that says nothing.
  case cover
  /// A release of the right shape.
  case release(ProbeModel)
  /// The first question of a step about a model: the node computes.
  case miss(ProbeModel)
  /// A question that was asked before.
  case hit(ProbeModel)
  /// A question about no particular step: the schedule is not known.
  case query
  /// Something the peer may not ask.
  case denied(Message.Kind)
  /// Bytes of the right number that are no message.
  case malformed
  /// A question about a model that the node does not have.
  case unknown(Message.Kind)

  /// As in a file of labels.
  package var name: String {
    switch self {
    case .cover: "cover"
    case .release(let model): "release\(Self.suffix(model))"
    case .miss(let model): "query/miss\(Self.suffix(model))"
    case .hit(let model): "query/hit\(Self.suffix(model))"
    case .query: "query"
    case .denied: "denied"
    case .malformed: "malformed"
    case .unknown: "unknown model"
    }
  }

  private static func suffix(_ model: ProbeModel) -> String { model.name.isEmpty ? "" : "/\(model.name)" }

  /// How a node answers it; nil where that is not known.
  package var answer: Message.Status? {
    switch self {
    case .cover, .release, .miss, .hit: .ok
    case .query: nil
    case .denied: .refused
    case .malformed: .malformed
    case .unknown: .unknown
    }
  }

  /// Whether there is one a step at most.
  var needsFreshStep: Bool {
    switch self {
    case .release, .miss: true
    default: false
    }
  }

  /// Whether the step must be one that was asked about.
  var needsKnownStep: Bool {
    if case .hit = self { true } else { false }
  }

  /// What a peer can cause.
  /// - Parameters:
  ///   - policy: says what it may ask.
  ///   - models: those of the node; where there is none, its first is asked about, and nothing is released.
  ///   - knowsSchedule: whether a step can be named.
  package static func all(
    for peer: SPIFFEID, policy: Policy, models: [ProbeModel], knowsSchedule: Bool
  ) -> [ProbeClass] {
    let permitted = policy.operations(of: peer)
    func may(_ kind: Message.Kind) -> Bool {
      !permitted.isDisjoint(with: Policy.Operation.sufficient(for: kind) ?? [])
    }
    var classes: [ProbeClass] = may(.cover) ? [.cover] : []
    if knowsSchedule, may(.release) { classes += models.map(ProbeClass.release) }
    if may(.query) {
      let asked = models.isEmpty ? [ProbeModel(name: "", dimension: 0)] : models
      classes += knowsSchedule ? asked.flatMap { [.miss($0), .hit($0)] } : [.query]
    }
    if let kind = [Message.Kind.fallback, .restore, .status, .audit, .query, .release].first(where: { !may($0) }) {
      classes.append(.denied(kind))
    }
    classes.append(.malformed)
    if let kind = [Message.Kind.query, .release].first(where: may) { classes.append(.unknown(kind)) }
    return classes
  }

  /// The frame of a request.
  /// - Parameters:
  ///   - step: which one it speaks of.
  ///   - site: for whom a release speaks.
  /// - Throws: `WireError` where it does not fit.
  func frame(step: Int, site: String, codec: MessageCodec) throws(WireError) -> [UInt8] {
    let step = UInt64(max(0, step))
    switch self {
    case .cover:
      return try codec.encode(Message(kind: .cover))
    case .release(let model):
      // Noise: what is probed is the wire, and a mesh in use needs no lie.
      let values = (0..<model.dimension).map { _ in Int16.random(in: -8...8) }
      return try codec.encode(
        Message(
          kind: .release, step: step, site: site, model: model.name,
          payload: .int16(values, shape: [values.count], scale: 1)))
    case .miss(let model), .hit(let model):
      return try codec.encode(Message(kind: .query, step: step, site: site, model: model.name))
    case .query:
      return try codec.encode(Message(kind: .query, step: step, site: site))
    case .denied(let kind):
      return try codec.encode(Message(kind: kind, step: step, site: site))
    case .malformed:
      // A few draws, repeated: a thousand calls of the system would move the moments at which the probe sends, by a microsecond.
      let pattern = (0..<64).map { _ in UInt8.random(in: 0...255) }
      return (0..<codec.bytes).map { pattern[$0 % pattern.count] }
    case .unknown(let kind):
      return try codec.encode(Message(kind: kind, step: step, site: site, model: "no such model"))
    }
  }
}

/// A model of the node that is probed.
package struct ProbeModel: Sendable, Hashable {
  package let name: String
  /// Numbers in a release.
  package let dimension: Int

  package init(name: String, dimension: Int) {
    self.name = name
    self.dimension = dimension
  }
}
