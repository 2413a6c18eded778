import TacetTransport
package import TacetTrust

/// One line of a node's journal: exactly one member is set.
package struct JournalRecord: Codable, Sendable {
  package var forecast: ForecastRecord?
  package var receipt: ReceiptRecord?
  package var mode: ModeRecord?
  package var wire: WireRecord?
  package var witness: WitnessRecord?
  package var student: StudentRecord?
  package var refresh: RefreshRecord?

  package init(forecast: ForecastRecord) { self.forecast = forecast }
  package init(receipt: ReceiptRecord) { self.receipt = receipt }
  package init(mode: ModeRecord) { self.mode = mode }
  package init(wire: WireRecord) { self.wire = wire }
  package init(witness: WitnessRecord) { self.witness = witness }
  package init(student: StudentRecord) { self.student = student }
  package init(refresh: RefreshRecord) { self.refresh = refresh }
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
  /// How far each gateway's answer is from what the forecast was made of, as a share of that; nil in older journals.
  package var distances: [String: Double]?
  /// The gateways in quarantine after this step.
  package var quarantined: [String]
  /// The trust in each gateway after this step, 0…1.
  package var trust: [String: Double]
  /// Where each gateway stands after this step; nil in older journals.
  package var standings: [String: Standing]?
  /// Whether the forecast was made before all that were asked had answered; nil in older journals.
  package var early: Bool?
  /// Milliseconds from the step's beginning to the forecast.
  package var latencyMs: Double
}

/// A release that a gateway took in.
package struct ReceiptRecord: Codable, Sendable {
  package var step: Int
  package var site: String
  /// The model it was for; nil in journals of gateways that had but one.
  package var model: String?
}

/// A change of a device's mode.
package struct ModeRecord: Codable, Sendable {
  package var fallback: Bool
  package var reason: String?
}

/// A checkpoint of a device's ledger that a gateway was shown.
package struct WitnessRecord: Codable, Sendable {
  /// The device, as role/name.
  package var device: String
  /// Why it was refused, as in ``WitnessVerdict/Reason``; nil when it was accepted.
  package var refused: String?
  /// The entries of the checkpoint that is kept now.
  package var size: UInt64
}

/// What a node's sockets carried by the time it stopped.
package struct WireRecord: Codable, Sendable {
  /// Bytes of TCP payload, handshakes included.
  package var bytesSent = 0
  package var bytesReceived = 0
  /// Connections in all.
  package var connections = 0
  /// Application-data records by size in bytes on the wire, after each connection's first reply and without its closing
  /// alert.
  package var recordsSent: [String: Int] = [:]
  package var recordsReceived: [String: Int] = [:]
  /// Alerts after the first reply: at most the one that closes a connection, in each direction.
  package var alertsSent = 0
  package var alertsReceived = 0
  /// Slots of paced links at which cells left, and at which none could; nil in older journals.
  package var slotsSent: Int?
  package var slotsSkipped: Int?
  /// Cells of paced links that said something, and those that did not; nil in older journals.
  package var cellsReal: Int?
  package var cellsCover: Int?
  /// Replies whose answer was ready when they had to leave, and those whose answer was not; nil in older journals.
  package var deadlinesKept: Int?
  package var deadlinesMissed: Int?
  /// Connections and calls refused, by reason.
  package var refusals: [String: Int] = [:]

  /// The sum of what these meters counted.
  init(meters: [WireMeter], deadlines: DeadlineMeter, refusals: RefusalLog) {
    (deadlinesKept, deadlinesMissed) = (deadlines.snapshot.kept, deadlines.snapshot.missed)
    let slots = meters.map(\.snapshot.slots)
    slotsSent = slots.reduce(0) { $0 + $1.kept }
    slotsSkipped = slots.reduce(0) { $0 + $1.skipped }
    cellsReal = slots.reduce(0) { $0 + $1.real }
    cellsCover = slots.reduce(0) { $0 + $1.cover }
    for snapshot in meters.map(\.snapshot) {
      connections += snapshot.connections
      bytesSent += snapshot.sent.bytes
      bytesReceived += snapshot.received.bytes
      alertsSent += snapshot.sent.recordSizes[Self.alertBytes] ?? 0
      alertsReceived += snapshot.received.recordSizes[Self.alertBytes] ?? 0
      recordsSent.merge(Self.messages(snapshot.sent.recordSizes), uniquingKeysWith: +)
      recordsReceived.merge(Self.messages(snapshot.received.recordSizes), uniquingKeysWith: +)
    }
    for (reason, count) in refusals.snapshot.count { self.refusals[reason.rawValue] = count }
  }

  /// An alert under TLS 1.3: two bytes, their type, the tag of 16 and the record's header of 5. No message is as short.
  private static let alertBytes = 24

  private static func messages(_ sizes: [Int: Int]) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: sizes.filter { $0.key != alertBytes }.map { (String($0.key), $0.value) })
  }
}
