/// One line of a node's journal: exactly one member is set.
package struct JournalRecord: Codable, Sendable {
  package var forecast: ForecastRecord?
  package var receipt: ReceiptRecord?
  package var mode: ModeRecord?
  package var wire: WireRecord?

  package init(forecast: ForecastRecord) { self.forecast = forecast }
  package init(receipt: ReceiptRecord) { self.receipt = receipt }
  package init(mode: ModeRecord) { self.mode = mode }
  package init(wire: WireRecord) { self.wire = wire }
}

/// One step of a site.
package struct ForecastRecord: Codable, Sendable {
  /// The ``silence`` of a camera whose budget is spent.
  package static let budgetSpent = "budget spent"

  /// The step of the schedule.
  package var step: Int
  /// The forecast in force, in units of the model's target, nearest horizon first.
  package var forecast: [Float]
  /// What the student alone said.
  package var student: [Float]
  /// The ID under which this step's release was charged; nil when the camera was silent.
  package var release: String?
  /// Why the camera was silent; nil when it was not.
  package var silence: String?
  /// The gateways whose answers entered the aggregate.
  package var accepted: [String]
  /// The gateways in quarantine after this step.
  package var quarantined: [String]
  /// The trust in each gateway after this step, 0…1.
  package var trust: [String: Double]
  /// Milliseconds from the step's beginning to the forecast.
  package var latencyMs: Double
}

/// A release that a gateway took in.
package struct ReceiptRecord: Codable, Sendable {
  package var step: Int
  package var site: String
}

/// A change of a device's mode.
package struct ModeRecord: Codable, Sendable {
  package var fallback: Bool
  package var reason: String?
}

/// What a node's sockets carried by the time it stopped.
package struct WireRecord: Codable, Sendable {
  /// Bytes of TCP payload, handshakes included.
  package var bytesSent = 0
  package var bytesReceived = 0
  /// Application-data records by size in bytes on the wire, after each connection's first reply.
  package var recordsSent: [String: Int] = [:]
  package var recordsReceived: [String: Int] = [:]
  /// Connections and calls refused, by reason.
  package var refusals: [String: Int] = [:]

  /// The sum of what these meters counted.
  init(meters: [WireMeter], refusals: RefusalLog) {
    for snapshot in meters.map(\.snapshot) {
      bytesSent += snapshot.sent.bytes
      bytesReceived += snapshot.received.bytes
      recordsSent.merge(Self.named(snapshot.sent.recordSizes), uniquingKeysWith: +)
      recordsReceived.merge(Self.named(snapshot.received.recordSizes), uniquingKeysWith: +)
    }
    for (reason, count) in refusals.snapshot.count { self.refusals[reason.rawValue] = count }
  }

  private static func named(_ sizes: [Int: Int]) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: sizes.map { (String($0.key), $0.value) })
  }
}
