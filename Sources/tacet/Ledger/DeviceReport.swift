import Foundation
import TacetPrivacy

/// What a command prints about a device.
struct DeviceReport: Encodable {
  struct BudgetReport: Encodable {
    let epsilon: Double
    let delta: Double
    /// An explicit null for a lifetime.
    let windowSeconds: UInt64?
    let mu: Double
    /// Null where the accountant gives no finite value.
    let epsilonSpent: Double?
    let remainingEpsilon: Double
    let deltaSlack: Double

    init(_ status: DeviceSummary.BudgetStatus) {
      epsilon = status.epsilon
      delta = status.delta
      windowSeconds = status.windowSeconds
      mu = status.mu
      epsilonSpent = status.epsilonSpent.isFinite ? status.epsilonSpent : nil
      remainingEpsilon = status.remainingEpsilon
      deltaSlack = status.deltaSlack
    }

    private enum CodingKeys: String, CodingKey {
      case epsilon, delta, windowSeconds, mu, epsilonSpent, remainingEpsilon, deltaSlack
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(epsilon, forKey: .epsilon)
      try container.encode(delta, forKey: .delta)
      try container.encode(windowSeconds, forKey: .windowSeconds)
      try container.encode(mu, forKey: .mu)
      try container.encode(epsilonSpent, forKey: .epsilonSpent)
      try container.encode(remainingEpsilon, forKey: .remainingEpsilon)
      try container.encode(deltaSlack, forKey: .deltaSlack)
    }

    var text: String {
      let window = windowSeconds.map { "each window of \($0) s" } ?? "the lifetime"
      let spent = epsilonSpent.map { String(format: "%.4f", $0) } ?? "?"
      return "  budget for \(window): epsilon \(epsilon) at delta \(delta) (tables add \(Self.short(deltaSlack))); "
        + "spent so far \(spent), left \(String(format: "%.4f", remainingEpsilon))"
    }

    static func short(_ value: Double) -> String { String(format: "%.1e", value) }
  }

  /// All releases ever: information, the guarantee is the budgets.
  struct OdometerReport: Encodable {
    let mu: Double
    let epsilon: Double?
    let delta: Double
    let deltaSlack: Double
  }

  /// The charges of one privacy unit.
  struct UnitReport: Encodable {
    let unit: String
    let charges: UInt64
    let mu: Double
  }

  struct FallbackReport: Encodable {
    let by: String
    let reason: String
    let since: Date
  }

  let device: String
  /// The privacy unit that the budgets guarantee, and the charges by their unit.
  let unit: String
  let units: [UnitReport]
  let charges: UInt64
  /// Of the budget that has the least left, as are `epsilon_spent`, `budget` and `remaining_epsilon`.
  let mu: Double
  let epsilonSpent: Double?
  let budget: BudgetReport
  let remainingEpsilon: Double
  let budgets: [BudgetReport]
  let lifetimeOdometer: OdometerReport
  /// Where all charges are of stream windows: an individual in one like the last, and past several devices with such windows.
  let trips: [TripReport]?
  let fallback: FallbackReport?
  let exhausted: Bool

  init(_ summary: DeviceSummary) {
    device = summary.device
    unit = summary.unit.rawValue
    units = summary.units.map { UnitReport(unit: $0.unit.rawValue, charges: $0.charges, mu: $0.mu) }
    charges = summary.charges
    budget = BudgetReport(summary.binding)
    mu = budget.mu
    epsilonSpent = budget.epsilonSpent
    remainingEpsilon = budget.remainingEpsilon
    budgets = summary.budgets.map(BudgetReport.init)
    let odometer = summary.odometer
    lifetimeOdometer = OdometerReport(
      mu: odometer.mu, epsilon: odometer.epsilon.isFinite ? odometer.epsilon : nil, delta: odometer.delta,
      deltaSlack: odometer.deltaSlack)
    trips = summary.trips.isEmpty ? nil : summary.trips.map(TripReport.init)
    fallback = summary.fallback.map {
      FallbackReport(by: $0.by, reason: $0.reason, since: Date(timeIntervalSince1970: Double($0.since)))
    }
    exhausted = summary.isExhausted
  }

  /// Lines for a person.
  var text: String {
    var lines = ["\(device): \(charges) charges\(exhausted ? ", exhausted" : "")"]
    if let fallback { lines[0] += ", sent to its student by \(fallback.by): \(fallback.reason)" }
    lines.append("  privacy unit: \(unitText)")
    lines += budgets.map(\.text)
    let spent = lifetimeOdometer.epsilon.map { String(format: "%.4f", $0) } ?? "?"
    lines.append(
      "  odometer for the lifetime (information; the budgets are the guarantee): epsilon \(spent) at delta "
        + "\(lifetimeOdometer.delta) (tables add \(BudgetReport.short(lifetimeOdometer.deltaSlack)))")
    if let trips { lines.append("  one individual in a window like the last: \(TripReport.text(trips))") }
    return lines.joined(separator: "\n")
  }

  private var unitText: String {
    guard units.count > 1 else { return unit }
    let parts = units.map { "\($0.charges) charges of \($0.unit) at μ = \(String(format: "%.4g", $0.mu)) in all" }
    return "\(unit), which is what all of them cover: \(parts.joined(separator: ", "))"
  }
}
