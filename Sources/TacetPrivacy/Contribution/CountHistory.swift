/// The counts of the last steps, and what a causal filter makes of them. Zero before the window's first step.
///
/// No branch and no address depends on a count.
package struct CountHistory {
  private let taps: [Int64]
  private let dimension: Int
  /// The counts of the last `taps.count` steps, a ring of rows.
  private var rows: [Int64]
  private var newest = 0

  /// Nothing has been counted.
  package init(filter: CausalFilter, dimension: Int) {
    taps = filter.taps.map(Int64.init)
    self.dimension = dimension
    rows = Array(repeating: 0, count: filter.taps.count * dimension)
  }

  /// Takes the counts of the next step.
  package mutating func append(_ counts: [Int64]) {
    newest = (newest + 1) % taps.count
    for (index, count) in counts.prefix(dimension).enumerated() { rows[newest * dimension + index] = count }
  }

  /// Σ tap[i] · (the counts of i steps before). Counts are below 2^37 and taps sum to less than 2^20: it fits.
  package func filtered() -> [Int64] {
    var sums = [Int64](repeating: 0, count: dimension)
    for (age, tap) in taps.enumerated() {
      let row = (newest + taps.count - age) % taps.count * dimension
      for index in 0..<dimension { sums[index] &+= tap &* rows[row + index] }
    }
    return sums
  }

  /// Zeroes everything.
  mutating func wipe() {
    SecretMemory.wipe(&rows)
  }
}
