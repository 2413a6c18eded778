import Foundation

/// Bayes' rule over histograms of all features, as if they were independent.
struct HistogramClassifier: LeakClassifier {
  static let name = "histograms"
  private let bins: [[UInt8]]
  /// For each column, bin and class, ln P(bin | class).
  private let scores: [[[Double]]]
  private let classes: Int

  init?(_ table: LeakTable, training: ArraySlice<Int>) {
    guard !table.columns.isEmpty else { return nil }
    classes = table.classes.count
    bins = table.columns.map(\.bins)
    scores = table.columns.map { column in
      var counts = [[Double]](
        repeating: Array(repeating: 1, count: table.classes.count), count: column.binCount)
      for row in training { counts[Int(column.bins[row])][Int(table.labels[row])] += 1 }
      let totals = table.classes.indices.map { label in counts.reduce(0) { $0 + $1[label] } }
      return counts.map { zip($0, totals).map { log($0 / $1) } }
    }
  }

  func guess(_ row: Int) -> Int {
    var sums = [Double](repeating: 0, count: classes)
    for (bins, scores) in zip(bins, scores) {
      let found = scores[Int(bins[row])]
      for label in 0..<classes { sums[label] += found[label] }
    }
    return Self.best(sums)
  }
}
