import TacetDocument
public import TacetWire

extension Policy {
  /// The size of every message.
  public struct MessageSize: Sendable, Hashable {
    /// Bytes of a serialised message, padding included.
    public let bytes: Int
    /// How many requests one peer may make in a tick; nil for any number.
    public let quota: Int?

    init(_ document: DocumentMapping) throws(DocumentError) {
      bytes = try document.integer("bytes", in: 512...65536)
      quota = try document.optionalInteger("quota", in: 1...1_000_000_000)
    }
  }

  /// The beat of the mesh.
  public struct Timing: Sendable, Hashable {
    /// From one step to the next.
    public let tick: Duration
    /// From a step's beginning to the moment at which everything a device says leaves it.
    public let prepare: Duration
    /// From a request's arrival to its answer's departure.
    public let deadline: Duration
    /// By how much an answer leaves later, at random.
    public let jitter: Jitter
    /// After so many steps, counted from the schedule's start, a device shows its ledger's checkpoint to its gateways again.
    public let audit: Int

    /// The usual ``audit``.
    private static let usualAudit = 60
    /// A day, as the longest step of a model.
    private static let longestTick = Duration.seconds(86_400)

    init(_ document: DocumentMapping) throws(DocumentError) {
      tick = try document.duration("tick", in: .milliseconds(20)...Self.longestTick)
      prepare = try document.duration("prepare", in: .milliseconds(1)...(.seconds(3600)))
      deadline = try document.duration("deadline", in: .milliseconds(1)...(.seconds(3600)))
      jitter = try Self.jitter(document)
      audit = try document.optionalInteger("audit", in: 1...1_000_000) ?? Self.usualAudit
      let latest = prepare + deadline + jitter.cap
      guard latest < tick else {
        throw document.error(
          "tick", "timing.tick is \(tick), allowed: more than prepare + deadline + jitter = \(latest)")
      }
    }

    /// A duration, up to which it is even, or a section with distribution, mean and cap.
    private static func jitter(_ document: DocumentMapping) throws(DocumentError) -> Jitter {
      let range = Duration.zero ... .seconds(3600)
      guard document.isMapping("jitter") else { return .uniform(upTo: try document.duration("jitter", in: range)) }
      let section = try document.mapping("jitter")
      let distribution = try section.choice("distribution", of: Jitter.Distribution.allCases.map(\.rawValue))
      let cap = try section.duration("cap", in: range)
      switch distribution {
      case Jitter.Distribution.exponential.rawValue:
        let mean = try section.duration("mean", in: .milliseconds(1) ... .seconds(3600))
        guard mean <= cap else {
          throw section.error("mean", "jitter.mean is \(mean), allowed: at most jitter.cap = \(cap)")
        }
        return .exponential(mean: mean, cap: cap)
      default:
        guard try section.optionalDuration("mean", in: range).map({ $0 == cap / 2 }) ?? true else {
          throw section.error("mean", "jitter.mean of a uniform distribution is half of jitter.cap: leave it out")
        }
        return .uniform(upTo: cap)
      }
    }
  }

  /// What keeps the traffic of a device the same whether it has something to say or not.
  public struct Cover: Sendable, Hashable {
    /// Whether a device sends at every slot, a message that says nothing where it has none.
    public let isEnabled: Bool
    /// The slots of a tick, in even distances from the moment that ``Timing/prepare`` names on.
    public let slotsPerTick: Int

    /// One for what a step has to say, one for the rest.
    private static let usualSlots = 2

    /// - Parameter document: the section; where it is absent nothing covers.
    init(_ document: DocumentMapping?) throws(DocumentError) {
      isEnabled = try document?.optionalBoolean("enabled") ?? (document != nil)
      slotsPerTick = try document?.optionalInteger("per_tick", in: 1...1000) ?? Self.usualSlots
    }
  }

  /// How answers of several gateways become one.
  public struct Aggregation: Sendable, Hashable {
    /// How many liars the trimmed mean stands: what it leaves out at either end.
    public let trim: Int
    /// How many gateways a step asks, at least enough to outvote the rule's liars; nil for all.
    public let redundancy: Int?
    /// How often one of the places is for a gateway that is not trusted, so that it can earn trust: a share of the steps.
    public let exploration: Double

    /// How much larger the forecasts' mean error may be under attack, as a share, before `tacet verify aggregation` finds fault; nil for
    /// what it takes as usual.
    public let loss: Double?

    /// The usual ``exploration``.
    private static let usualExploration = 0.1

    init(_ document: DocumentMapping) throws(DocumentError) {
      _ = try document.choice("rule", of: ["trimmed-mean"])
      trim = try document.integer("trim", in: 0...1000)
      redundancy = try document.optionalInteger("redundancy", in: 1...4096)
      exploration = try document.optionalNumber("exploration", in: 0...1) ?? Self.usualExploration
      loss = try document.optionalNumber("loss", in: 0...100)
      if let redundancy, redundancy <= 2 * trim {
        throw document.error(
          "redundancy",
          "aggregation.redundancy is \(redundancy), allowed: more than twice aggregation.trim = \(trim), so that liars are outvoted"
        )
      }
    }
  }

  /// When replies leave.
  public var pacing: Pacing { Pacing(deadline: timing.deadline, jitter: timing.jitter) }
}
