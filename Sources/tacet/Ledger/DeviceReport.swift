import Foundation
import TacetPrivacy

/// What a command prints about a device.
struct DeviceReport: Encodable {
  struct BudgetReport: Encodable {
    let epsilon: Double
    let delta: Double
    let windowSeconds: UInt64?

    private enum CodingKeys: String, CodingKey {
      case epsilon, delta, windowSeconds
    }

    /// A lifetime is an explicit null.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(epsilon, forKey: .epsilon)
      try container.encode(delta, forKey: .delta)
      try container.encode(windowSeconds, forKey: .windowSeconds)
    }
  }

  let device: String
  let charges: UInt64
  let mu: Double
  /// Missing where the accountant gives no finite value.
  let epsilonSpent: Double?
  let budget: BudgetReport
  let remainingEpsilon: Double
  let exhausted: Bool

  init(_ summary: DeviceSummary) {
    device = summary.device
    charges = summary.charges
    mu = summary.mu
    epsilonSpent = summary.epsilonSpent.isFinite ? summary.epsilonSpent : nil
    budget = BudgetReport(epsilon: summary.epsilon, delta: summary.delta, windowSeconds: summary.windowSeconds)
    remainingEpsilon = summary.remainingEpsilon
    exhausted = summary.isExhausted
  }

  /// One line for a person.
  var text: String {
    let window = budget.windowSeconds.map { "per \($0) s" } ?? "for its lifetime"
    let spent = epsilonSpent.map { String(format: "%.4f", $0) } ?? "?"
    let remaining = String(format: "%.4f", remainingEpsilon)
    return "\(device): \(charges) charges, epsilon \(spent) of \(budget.epsilon) spent at delta \(budget.delta) "
      + "\(window), \(remaining) left\(exhausted ? ", exhausted" : "")"
  }
}
