import Foundation
import TacetTrust

/// What `tacet aggregate` prints.
struct AggregateReport: Encodable {
  /// A vector that was left out.
  struct Excluded: Encodable {
    let row: Int
    let reason: String
  }

  let rule: String
  /// Whether nearest neighbours were mixed first.
  let mixed: Bool
  /// Vectors, those left out included.
  let n: Int
  let d: Int
  let byzantine: Int
  let excluded: [Excluded]
  let seconds: Double
  let out: String

  init(_ aggregator: Aggregator, of vectors: Vectors, _ aggregate: Aggregate, seconds: Double, out: String) {
    rule = aggregator.rule.name.rawValue
    mixed = aggregator.mixing != nil
    (n, d, byzantine) = (vectors.count, aggregate.values.count, aggregator.byzantine)
    excluded = aggregate.excluded.map { Excluded(row: $0.index, reason: $0.reason.description) }
    (self.seconds, self.out) = (seconds, out)
  }

  var text: String {
    let lines = excluded.map { "left out: row \($0.row) \($0.reason)" }
    let head =
      "\(rule)\(mixed ? " after mixing" : "") of \(n) vectors of \(d) numbers, of which \(byzantine) may be lies, "
      + String(format: "in %.3f s: %@", seconds, out)
    return ([head] + lines).joined(separator: "\n")
  }
}
