import Foundation

/// Aggregates vectors of which some may be lies.
///
/// A vector that is not finite, or not as long as most, is a lie that shows: it is left out, and the rule need stand one
/// liar less. What remains is aggregated only if the rule stands as many liars as may still be in it.
public struct Aggregator: Sendable, Hashable {
  /// How vectors become one.
  public let rule: AggregationRule
  /// For how many liars nearest-neighbour mixing is in front of the rule, or nil: each vector is first replaced by the mean of
  /// its n − mixing nearest, itself included (Allouah et al. 2023).
  public let mixing: Int?
  /// How many liars must be stood.
  public let byzantine: Int

  /// - Parameters:
  ///   - rule: see ``AggregationRule``.
  ///   - mixing: see ``mixing``.
  ///   - byzantine: see ``byzantine``.
  /// - Throws: ``AggregationError/parameter(_:)``.
  public init(rule: AggregationRule, mixing: Int? = nil, byzantine: Int = 0) throws(AggregationError) {
    if let flaw = rule.flaw { throw .parameter("\(rule.name.rawValue): \(flaw)") }
    guard mixing ?? 0 >= 0 else { throw .parameter("mixing is \(mixing ?? 0), allowed: 0 or more") }
    guard byzantine >= 0 else { throw .parameter("byzantine is \(byzantine), allowed: 0 or more") }
    (self.rule, self.mixing, self.byzantine) = (rule, mixing, byzantine)
  }

  /// Aggregates n vectors of d numbers.
  /// - Throws: ``AggregationError`` when there are none, or too few for the liars that must be stood.
  public func aggregate(_ vectors: [[Float]]) throws(AggregationError) -> Aggregate { try aggregate(Vectors(vectors)) }

  /// The same.
  /// - Parameter threads: how many share the work, 1 or more; the result does not depend on it. All cores, if nil.
  public func aggregate(_ vectors: Vectors, threads: Int? = nil) throws(AggregationError) -> Aggregate {
    try aggregate(vectors, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, kernel: OrderKernel.best)
  }
}

extension Aggregator {
  /// The same with a kernel, of ``OrderKernel/all``.
  package func aggregate(
    _ vectors: Vectors, threads: Int, kernel: OrderKernel
  ) throws(AggregationError) -> Aggregate {
    guard let length = Self.usualLength(vectors), length > 0 else { throw .nothingToAggregate }
    var excluded: [Int: Aggregate.Reason] = [:]
    for (index, row) in vectors.rows.enumerated() where row.count != length {
      excluded[index] = .length(row.count, expected: length)
    }
    while true {
      let kept = vectors.rows.indices.filter { excluded[$0] == nil }
      let pass = ColumnPass(rows: kept.map { vectors.rows[$0] }, length: length, threads: threads, kernel: kernel)
      let outcome: Result<[Float], AggregationError>
      do throws(ColumnPass.Lies) {
        outcome = try values(of: pass, liars: excluded.count)
      } catch {
        for (place, reason) in error.reasons { excluded[kept[place]] = reason }
        continue
      }
      let exclusions = excluded.sorted { $0.key < $1.key }
      return Aggregate(
        values: try outcome.get(),
        excluded: exclusions.map { Aggregate.Exclusion(index: $0.key, reason: $0.value) })
    }
  }

  /// What the vectors come to, when so many others were found to be lies.
  private func values(
    of pass: ColumnPass, liars: Int
  ) throws(ColumnPass.Lies) -> Result<[Float], AggregationError> {
    let remaining: Aggregator
    do throws(AggregationError) {
      remaining = try relieved(of: liars, vectors: pass.rows.count)
    } catch {
      // More may be lies that show, and it is about fewer then.
      try pass.forEach { _ in }
      return .failure(error)
    }
    var pass = pass
    if let mixing = remaining.mixing { pass.mixture = Mixture(try PairDistances(pass), byzantine: mixing) }
    return .success(try pass.aggregate(remaining.rule))
  }

  /// The length that most vectors have; of two that are as frequent, the larger.
  private static func usualLength(_ vectors: Vectors) -> Int? {
    let lengths = Dictionary(vectors.rows.map { ($0.count, 1) }, uniquingKeysWith: +)
    return lengths.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }

  /// What is left to do when so many liars were found out and so many vectors remain.
  private func relieved(of liars: Int, vectors: Int) throws(AggregationError) -> Aggregator {
    guard vectors > 0 else { throw .nothingToAggregate }
    let remaining = try Aggregator(
      rule: rule.relieved(of: liars), mixing: mixing.map { max(0, $0 - liars) }, byzantine: max(0, byzantine - liars))
    let least = remaining.rule.leastVectors(mixed: mixing != nil)
    guard vectors >= least else {
      if case .multiKrum(let byzantine, let selected?) = remaining.rule,
        vectors >= AggregationRule.multiKrum(byzantine: byzantine).leastVectors(mixed: mixing != nil)
      {
        throw .tooManySelected(selected: selected, byzantine: byzantine, vectors: vectors, excluded: liars)
      }
      throw .tooFewVectors(rule: rule.name.rawValue, vectors: vectors, least: least, excluded: liars)
    }
    if let mixing = remaining.mixing, vectors < 2 * mixing + 1 {
      throw .tooFewVectors(rule: "mixing", vectors: vectors, least: 2 * mixing + 1, excluded: liars)
    }
    if vectors > PairDistances.mostRows, mixing != nil || rule.comparesPairs {
      let name = mixing == nil ? rule.name.rawValue : "mixing"
      throw .tooManyVectors(rule: name, vectors: vectors, most: PairDistances.mostRows)
    }
    let largest = remaining.largestByzantine(of: vectors)
    guard remaining.byzantine <= largest else {
      throw .boundExceeded(
        rule: rule.name, byzantine: remaining.byzantine, vectors: vectors, largest: largest, excluded: liars)
    }
    return remaining
  }

  /// How many liars among n vectors are stood, the mixing taken into account; see ``AggregationRule/largestByzantine(of:mixed:)``.
  public func largestByzantine(of n: Int) -> Int {
    let largest = rule.largestByzantine(of: n, mixed: mixing != nil)
    return mixing.map { min($0, largest) } ?? largest
  }
}
