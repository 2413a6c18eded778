public import TacetTrust

extension RunReport {
  /// The run over time.
  public struct Series: Codable, Sendable, Equatable {
    /// Errors per bucket of steps.
    public let maeOverTime: [ErrorPoint]
    /// ε spent, a curve a device.
    public let epsilonOverTime: [EpsilonCurve]
    /// Forecasts by latency.
    public let latencyHistogram: [LatencyBin]
    /// Latency per bucket of steps.
    public let latencyOverTime: [LatencyPoint]
    /// Trust, a curve a gateway, mean over the sites.
    public let trustOverTime: [TrustCurve]

    /// Creates it from its parts.
    public init(
      maeOverTime: [ErrorPoint], epsilonOverTime: [EpsilonCurve], latencyHistogram: [LatencyBin],
      latencyOverTime: [LatencyPoint], trustOverTime: [TrustCurve]
    ) {
      self.maeOverTime = maeOverTime
      self.epsilonOverTime = epsilonOverTime
      self.latencyHistogram = latencyHistogram
      self.latencyOverTime = latencyOverTime
      self.trustOverTime = trustOverTime
    }
  }

  /// Mean absolute errors over one bucket of steps.
  public struct ErrorPoint: Codable, Sendable, Equatable {
    /// First step of the bucket.
    public let step: Int
    /// City time of that step, to show.
    public let cityTime: String
    /// The errors.
    public let mae: MeanErrors

    /// Creates it from its parts.
    public init(step: Int, cityTime: String, mae: MeanErrors) {
      self.step = step
      self.cityTime = cityTime
      self.mae = mae
    }
  }

  /// ε spent by one device over the run.
  public struct EpsilonCurve: Codable, Sendable, Equatable {
    /// The device.
    public let device: String
    /// ε after each step shown.
    public let points: [StepValue]

    /// Creates it from its parts.
    public init(device: String, points: [StepValue]) {
      self.device = device
      self.points = points
    }
  }

  /// Trust in one gateway over the run.
  public struct TrustCurve: Codable, Sendable, Equatable {
    /// The gateway.
    public let gateway: String
    /// Trust after each step shown, mean over the sites, 0…1.
    public let points: [StepValue]
    /// Where it stood at most sites, stretch by stretch; absent in older reports.
    public let standings: [StandingSpan]?

    /// Creates it from its parts.
    public init(gateway: String, points: [StepValue], standings: [StandingSpan]? = nil) {
      self.gateway = gateway
      self.points = points
      self.standings = standings
    }
  }

  /// A stretch of steps in which a gateway stood alike.
  public struct StandingSpan: Codable, Sendable, Equatable {
    /// The first step of it.
    public let fromStep: Int
    /// The first step after it.
    public let toStep: Int
    /// Where the gateway stood.
    public let standing: Standing

    /// Creates it from its parts.
    public init(fromStep: Int, toStep: Int, standing: Standing) {
      self.fromStep = fromStep
      self.toStep = toStep
      self.standing = standing
    }
  }

  /// A value at a step; absent where it is undefined.
  public struct StepValue: Codable, Sendable, Equatable {
    /// The step.
    public let step: Int
    /// The value.
    public let value: Double?

    /// Creates it from its parts; figures that are not finite become absent.
    public init(step: Int, value: Double?) {
      self.step = step
      self.value = value.flatMap { $0.isFinite ? $0 : nil }
    }
  }

  /// Forecasts whose latency fell into [from, to) milliseconds.
  public struct LatencyBin: Codable, Sendable, Equatable {
    /// Lower edge, included.
    public let fromMs: Double
    /// Upper edge, excluded.
    public let toMs: Double
    /// Forecasts.
    public let count: Int

    /// Creates it from its parts.
    public init(fromMs: Double, toMs: Double, count: Int) {
      self.fromMs = fromMs
      self.toMs = toMs
      self.count = count
    }
  }

  /// Latency over one bucket of steps, in milliseconds.
  public struct LatencyPoint: Codable, Sendable, Equatable {
    /// First step of the bucket.
    public let step: Int
    /// Median.
    public let p50: Double?
    /// 99th percentile.
    public let p99: Double?

    /// Creates it from its parts; figures that are not finite become absent.
    public init(step: Int, p50: Double?, p99: Double?) {
      self.step = step
      self.p50 = p50.flatMap { $0.isFinite ? $0 : nil }
      self.p99 = p99.flatMap { $0.isFinite ? $0 : nil }
    }
  }
}
