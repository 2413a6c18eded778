/// A decision tree over the binned features of the exchange and of those before and after it.
struct TreeClassifier: LeakClassifier {
  static let name = "decision tree"
  private static let depth = 6
  /// A branch has at least so many rows.
  private static let leastRows = 40

  private indirect enum Node {
    case leaf(Int)
    /// Rows whose bin in the column is at most the bound go left.
    case split(column: Int, bound: UInt8, left: Node, right: Node)
  }

  private let bins: [[UInt8]]
  private let root: Node

  init?(_ table: LeakTable, training: ArraySlice<Int>) {
    guard !table.columns.isEmpty else { return nil }
    bins = table.columns.map(\.bins)
    root = Self.grow(table, Array(training), depth: Self.depth)
  }

  func guess(_ row: Int) -> Int {
    var node = root
    while case .split(let column, let bound, let left, let right) = node {
      node = bins[column][row] <= bound ? left : right
    }
    if case .leaf(let label) = node { return label }
    return 0
  }

  private static func grow(_ table: LeakTable, _ rows: [Int], depth: Int) -> Node {
    var counts = [Int](repeating: 0, count: table.classes.count)
    for row in rows { counts[Int(table.labels[row])] += 1 }
    let leaf = Node.leaf(best(counts))
    guard depth > 0, rows.count >= 2 * leastRows else { return leaf }
    var found: (column: Int, bound: UInt8)?
    var bestPurity = purity(counts)
    for (index, column) in table.columns.enumerated() {
      guard let split = split(table, column, rows, counts), split.purity > bestPurity * (1 + 1e-12) else { continue }
      bestPurity = split.purity
      found = (index, split.bound)
    }
    guard let (column, bound) = found else { return leaf }
    let bins = table.columns[column].bins
    return .split(
      column: column, bound: bound,
      left: grow(table, rows.filter { bins[$0] <= bound }, depth: depth - 1),
      right: grow(table, rows.filter { bins[$0] > bound }, depth: depth - 1))
  }

  /// The bound that divides the classes best.
  private static func split(
    _ table: LeakTable, _ column: LeakColumn, _ rows: [Int], _ counts: [Int]
  ) -> (bound: UInt8, purity: Double)? {
    let classes = counts.count
    var cells = [Int](repeating: 0, count: column.binCount * classes)
    for row in rows { cells[Int(column.bins[row]) * classes + Int(table.labels[row])] += 1 }
    var left = [Int](repeating: 0, count: classes)
    var right = counts
    var best: (bound: UInt8, purity: Double)?
    for bin in 0..<column.binCount - 1 {
      for label in 0..<classes {
        left[label] += cells[bin * classes + label]
        right[label] -= cells[bin * classes + label]
      }
      let size = left.reduce(0, +)
      guard size >= leastRows, rows.count - size >= leastRows else { continue }
      let purity = purity(left) + purity(right)
      if purity > best?.purity ?? 0 { best = (UInt8(bin), purity) }
    }
    return best
  }

  /// Σ c² / n: Gini's criterion, larger is purer.
  private static func purity(_ counts: [Int]) -> Double {
    let total = counts.reduce(0, +)
    guard total > 0 else { return 0 }
    return counts.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(total)
  }
}
