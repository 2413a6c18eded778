extension RunReport {
  /// The headline figures of a run.
  public struct Summary: Codable, Sendable, Equatable {
    /// Forecasts made, each 10…40 s ahead for one site and one step.
    public let forecasts: Int
    /// Forecasts in which the mesh took part; the rest are the student alone.
    public let meshForecasts: Int
    /// Mean absolute errors, all four over exactly the same forecasts.
    public let mae: MeanErrors
    /// The same, restricted to the forecasts in which the mesh took part.
    public let maeWhereMesh: MeanErrors
    /// (student − mesh) / (student − reference) over all forecasts, in percent; absent where undefined.
    public let gainKeptPercent: Double?
    /// Wall-clock time from a sensor window to its forecast.
    public let latencyMs: Latency
    /// What an observer of the wire counts.
    public let wire: Wire
    /// Devices that ended on their student.
    public let devicesFallenBack: [String]
    /// Intruders that were refused.
    public let intrudersRefused: Int

    /// Creates it from its parts; figures that are not finite become absent.
    public init(
      forecasts: Int, meshForecasts: Int, mae: MeanErrors, maeWhereMesh: MeanErrors, gainKeptPercent: Double?,
      latencyMs: Latency, wire: Wire, devicesFallenBack: [String], intrudersRefused: Int
    ) {
      self.forecasts = forecasts
      self.meshForecasts = meshForecasts
      self.mae = mae
      self.maeWhereMesh = maeWhereMesh
      self.gainKeptPercent = gainKeptPercent.flatMap { $0.isFinite ? $0 : nil }
      self.latencyMs = latencyMs
      self.wire = wire
      self.devicesFallenBack = devicesFallenBack
      self.intrudersRefused = intrudersRefused
    }
  }

  /// Mean absolute errors of four forecasts over one set of targets, in the unit of the target; absent where nothing was
  /// forecast.
  public struct MeanErrors: Codable, Sendable, Equatable {
    /// The mesh under attack and noise, as run.
    public let mesh: Double?
    /// Each site's student alone: its own sensor, nothing shared.
    public let student: Double?
    /// The last observed value, carried forward.
    public let lastValue: Double?
    /// The same model, un-noised and un-attacked: what privacy and the liar cost.
    public let reference: Double?

    /// Creates it from its parts; figures that are not finite become absent.
    public init(mesh: Double?, student: Double?, lastValue: Double?, reference: Double?) {
      self.mesh = mesh.flatMap { $0.isFinite ? $0 : nil }
      self.student = student.flatMap { $0.isFinite ? $0 : nil }
      self.lastValue = lastValue.flatMap { $0.isFinite ? $0 : nil }
      self.reference = reference.flatMap { $0.isFinite ? $0 : nil }
    }

    /// The share of the un-noised gain over the student that is left, in percent; nil where there is no such gain.
    package var gainKept: Double? {
      guard let mesh, let student, let reference, student > reference else { return nil }
      return 100 * (student - mesh) / (student - reference)
    }

    /// The mean absolute error of one forecast over its horizons.
    package static func absolute(_ forecast: [Float], _ truth: [Float]) -> Double {
      zip(forecast, truth).reduce(0) { $0 + Double(abs($1.0 - $1.1)) } / Double(max(1, truth.count))
    }
  }

  /// Percentiles of a latency, in milliseconds.
  public struct Latency: Codable, Sendable, Equatable {
    /// Median.
    public let p50: Double?
    /// 99th percentile.
    public let p99: Double?
    /// The slowest.
    public let max: Double?

    /// Creates it from its parts; figures that are not finite become absent.
    public init(p50: Double?, p99: Double?, max: Double?) {
      self.p50 = p50.flatMap { $0.isFinite ? $0 : nil }
      self.p99 = p99.flatMap { $0.isFinite ? $0 : nil }
      self.max = max.flatMap { $0.isFinite ? $0 : nil }
    }
  }

  /// What an observer of the wire counts.
  public struct Wire: Codable, Sendable, Equatable {
    /// Bytes both ways, TLS included, divided by forecasts.
    public let bytesPerInference: Double?
    /// Size to which every message is padded, from the policy.
    public let messageBytes: Int
    /// Messages sent and received.
    public let messages: Int
    /// Distinct sizes of the TLS records that carry messages out, ascending; one size means nothing to read.
    public let recordSizesSent: [Int]
    /// Distinct sizes of the TLS records that carry messages in, ascending.
    public let recordSizesReceived: [Int]
    /// Replies of gateways whose answer was ready when it had to leave.
    public let deadlinesKept: Int
    /// Replies of gateways that left without their answer.
    public let deadlinesMissed: Int
    /// Slots of sites' links at which messages left.
    public let slotsSent: Int
    /// Slots of sites' links that were not kept.
    public let slotsSkipped: Int

    /// Creates it from its parts; figures that are not finite become absent.
    public init(
      bytesPerInference: Double?, messageBytes: Int, messages: Int, recordSizesSent: [Int],
      recordSizesReceived: [Int], deadlinesKept: Int, deadlinesMissed: Int, slotsSent: Int, slotsSkipped: Int
    ) {
      self.bytesPerInference = bytesPerInference.flatMap { $0.isFinite ? $0 : nil }
      self.messageBytes = messageBytes
      self.messages = messages
      self.recordSizesSent = recordSizesSent
      self.recordSizesReceived = recordSizesReceived
      self.deadlinesKept = deadlinesKept
      self.deadlinesMissed = deadlinesMissed
      self.slotsSent = slotsSent
      self.slotsSkipped = slotsSkipped
    }
  }
}
