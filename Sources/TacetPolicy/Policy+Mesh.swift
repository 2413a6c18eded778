import TacetDocument
public import TacetTrust

extension Policy {
  /// The size of every message.
  public struct MessageSize: Sendable, Hashable {
    /// Bytes of a serialised message, padding included.
    public let bytes: Int

    init(_ document: DocumentMapping) throws(DocumentError) {
      bytes = try document.integer("bytes", in: 512...65536)
    }
  }

  /// The beat of the mesh.
  public struct Timing: Sendable, Hashable {
    /// From one step to the next.
    public let tick: Duration
    /// From a step's beginning to the moment at which everything a device says leaves it.
    public let prepare: Duration
    /// From a request's arrival to its answer's departure, or a multiple of it.
    public let deadline: Duration
    /// The most by which an answer leaves later, at random.
    public let jitter: Duration
    /// After so many steps, counted from the schedule's start, a device shows its ledger's checkpoint to its gateways again.
    public let audit: Int

    /// The usual ``audit``.
    private static let usualAudit = 60

    init(_ document: DocumentMapping) throws(DocumentError) {
      tick = try document.duration("tick", in: .milliseconds(20)...(.seconds(3600)))
      prepare = try document.duration("prepare", in: .milliseconds(1)...(.seconds(3600)))
      deadline = try document.duration("deadline", in: .milliseconds(1)...(.seconds(3600)))
      jitter = try document.duration("jitter", in: .zero ... .seconds(3600))
      audit = try document.optionalInteger("audit", in: 1...1_000_000) ?? Self.usualAudit
      guard prepare + deadline + jitter < tick else {
        throw document.error(
          "tick",
          "timing.tick is \(tick), allowed: more than prepare + deadline + jitter = \(prepare + deadline + jitter)")
      }
    }
  }

  /// How answers of several gateways become one.
  public struct Aggregation: Sendable, Hashable {
    /// The rule.
    public let rule: TrimmedMean

    init(_ document: DocumentMapping) throws(DocumentError) {
      _ = try document.choice("rule", of: ["trimmed-mean"])
      rule = TrimmedMean(trim: try document.integer("trim", in: 0...1000))
    }
  }

  /// When a gateway is no longer believed.
  public struct Trust: Sendable, Hashable {
    /// The score below which it is in quarantine.
    public let threshold: Double
    /// How much of the past stays at each new observation.
    public let forgetting: Double
    /// The relative distance from the robust result up to which an answer agrees with it.
    public let tolerance: Double

    init(_ document: DocumentMapping) throws(DocumentError) {
      threshold = try document.number("threshold", in: 0.01...0.49)
      forgetting = try document.number("forgetting", in: 0.5...0.999)
      tolerance = try document.number("tolerance", in: 0.01...100)
    }
  }

  /// A new book of trust over these peers.
  public func trustBook(of peers: some Sequence<String>) -> TrustBook {
    TrustBook(
      peers: peers, rule: aggregation.rule, threshold: trust.threshold, forgetting: trust.forgetting,
      tolerance: trust.tolerance)
  }
}
