public import Foundation
public import TacetDocument
public import TacetPrivacy

extension FilterWorkload {
  /// Reads a workload file.
  ///
  /// ```yaml
  /// steps: 120 # of the window
  /// queries:
  ///   - {sum: 20} # the counts of the last 20 steps
  ///   - {weights: [1, 0.5, 0.25], importance: 2} # this step's first
  /// autocovariance: [9, 5.4, 3.2, 1.9] # of a count and itself, a step later, two …; if it is known
  /// ```
  ///
  /// - Throws: `DocumentError` with file, line and what is allowed.
  public static func load(from file: URL) throws(DocumentError) -> FilterWorkload {
    let root = try Document.load(from: file)
    let steps = try root.integer("steps", in: 1...mostSteps)
    let documents = try root.mappings("queries")
    var queries: [Query] = []
    for document in documents { queries.append(try query(document, steps: steps)) }
    let autocovariance = try root.optionalNumbers("autocovariance", in: -largestNumber...largestNumber)
    try root.finish()
    do {
      return try FilterWorkload(queries: queries, steps: steps, autocovariance: autocovariance)
    } catch {
      throw Self.located(error, in: root, documents)
    }
  }

  private static func query(_ document: DocumentMapping, steps: Int) throws(DocumentError) -> Query {
    let importance = try document.optionalNumber("importance", in: 1 / largestNumber...largestNumber) ?? 1
    if let sum = try document.optionalInteger("sum", in: 1...steps) {
      guard !document.has("weights") else { throw document.error("weights", "a query has weights or a sum, not both") }
      return .sum(of: sum, importance: importance)
    }
    let weights = try document.numbers("weights", in: -largestNumber...largestNumber)
    return Query(weights: weights, importance: importance)
  }

  /// The error at the line of what it speaks of.
  private static func located(
    _ error: FilterWorkloadError, in root: DocumentMapping, _ queries: [DocumentMapping]
  ) -> DocumentError {
    switch error {
    case .stepsOutOfRange: root.error("steps", "steps: \(error)")
    case .queryCountOutOfRange: root.error("queries", "queries: \(error)")
    case .weightsOutOfRange(let query) where queries.indices.contains(query):
      queries[query].error("weights", "queries[\(query)].weights: \(error)")
    case .importanceOutOfRange(let query) where queries.indices.contains(query):
      queries[query].error("importance", "queries[\(query)].importance: \(error)")
    case .weightsOutOfRange, .importanceOutOfRange: root.error("queries", "queries: \(error)")
    case .noCovariance: root.error("autocovariance", "autocovariance: \(error)")
    }
  }
}
