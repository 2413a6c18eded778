import Foundation

/// What liars did to forecasts.
package struct AggregationReport: Encodable, Sendable {
  /// One rule, attack and number of liars.
  package struct Row: Encodable, Sendable {
    package let rule: String
    /// Whether nearest neighbours were mixed first.
    package let mixed: Bool
    package let byzantine: Int
    package let attack: String
    /// The mean absolute error of the forecasts.
    package let mae: Double?
    /// How much larger it is than without liars, as a share of that.
    package let loss: Double?
    /// Forecasts left to the student, because the rule refused what was left of the answers.
    package let refused: Int
    /// Whether the verdict rests on it.
    package let decides: Bool
    package let holds: Bool
  }

  package let model: String
  package let gateways: Int
  package let steps: Int
  package let missed: Double
  package let seed: UInt64
  package let allowedLoss: Double
  package let maeStudent: Double?
  package let maeMesh: Double?
  package let rows: [Row]

  /// Whether every row that the verdict rests on holds; there is at least one.
  package var holds: Bool { rows.contains(where: \.decides) && rows.allSatisfy { !$0.decides || $0.holds } }

  private enum CodingKeys: String, CodingKey {
    case holds, model, gateways, steps, missed, seed, allowedLoss, maeStudent, maeMesh, rows
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(holds, forKey: .holds)
    try container.encode(model, forKey: .model)
    try container.encode(gateways, forKey: .gateways)
    try container.encode(steps, forKey: .steps)
    try container.encode(missed, forKey: .missed)
    try container.encode(seed, forKey: .seed)
    try container.encode(allowedLoss, forKey: .allowedLoss)
    try container.encode(maeStudent, forKey: .maeStudent)
    try container.encode(maeMesh, forKey: .maeMesh)
    try container.encode(rows, forKey: .rows)
  }

  /// A line a row, those that decide marked.
  package var text: String {
    let number = { (value: Double?) in value.map { String(format: "%8.4f", $0) } ?? "       –" }
    let head = [
      "\(model): \(gateways) gateways, \(steps) steps; mean absolute error of the student \(number(maeStudent).trimmed), "
        + "of the mesh without liars \(number(maeMesh).trimmed); allowed under attack: "
        + String(format: "%.1f %% more", 100 * allowedLoss)
    ]
    let lines = rows.map { row in
      let loss = row.loss.map { String(format: "%+7.1f %%", 100 * $0) } ?? "        –"
      let rule = "\(row.rule)\(row.mixed ? " (mixed)" : "")".padding(toLength: 26, withPad: " ", startingAt: 0)
      let attack = row.attack.padding(toLength: 17, withPad: " ", startingAt: 0)
      let verdict = row.decides ? (row.holds ? "holds" : "DOES NOT HOLD") : (row.holds ? "" : "(beyond)")
      let refused = row.refused == 0 ? "" : ", \(row.refused) left to the student"
      return "\(rule) \(attack) f = \(row.byzantine)  \(number(row.mae))  \(loss)  \(verdict)\(refused)"
    }
    return (head + lines + [holds ? "holds" : "does not hold"]).joined(separator: "\n")
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
