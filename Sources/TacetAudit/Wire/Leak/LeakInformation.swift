import Foundation

/// Mutual information of class and feature, from a table of counts.
struct LeakInformation: Hashable {
  /// In nats, as the table has it: too large by about ``bias``.
  let plugIn: Double
  /// In nats, by Miller and Madow.
  let bias: Double
  /// Pearson's statistic of independence, and its degrees of freedom.
  let chiSquared: Double
  let degrees: Double
  let total: Double

  /// Corrected for bias.
  var bits: Double { (plugIn - bias) / M_LN2 }
  var pValue: Double { Tail.chiSquared(chiSquared, degrees: degrees) }

  /// - Parameter counts: a row for each bin, a column for each class.
  init(_ counts: [[Int]]) {
    let rows = counts.map { Double($0.reduce(0, +)) }
    let columns = (counts.first?.indices ?? 0..<0).map { index in Double(counts.reduce(0) { $0 + $1[index] }) }
    let total = rows.reduce(0, +)
    var information = 0.0
    var statistic = 0.0
    var occupied = 0
    for (row, cells) in zip(rows, counts) {
      for (column, cell) in zip(columns, cells) where row > 0 && column > 0 {
        let expected = row * column / total
        let observed = Double(cell)
        statistic += (observed - expected) * (observed - expected) / expected
        guard cell > 0 else { continue }
        occupied += 1
        information += observed / total * log(observed / expected)
      }
    }
    let usedRows = rows.count { $0 > 0 }
    let usedColumns = columns.count { $0 > 0 }
    plugIn = max(0, information)
    bias = total > 0 ? Double(occupied - usedRows - usedColumns + 1) / (2 * total) : 0
    chiSquared = statistic
    degrees = Double(max(0, usedRows - 1) * max(0, usedColumns - 1))
    self.total = total
  }
}
