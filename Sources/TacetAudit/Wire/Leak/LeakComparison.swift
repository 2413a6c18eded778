/// Compares the distributions of one feature in each pair of classes.
struct LeakComparison {
  struct Pair: Hashable {
    let first: Int
    let second: Int
  }

  /// A t statistic of what is left of two classes when large values are cut off.
  struct Crop: Hashable {
    let pair: Pair
    let kept: Double
    let difference: Double
    let t: Double
    let degrees: Double
  }

  /// Count, sum and sum of squares of a class.
  struct Moments: Hashable {
    var count = 0.0
    var sum = 0.0
    var squares = 0.0

    mutating func add(_ value: Double) {
      count += 1
      sum += value
      squares += value * value
    }

    var mean: Double { sum / count }
    /// Of the sample; never below 0.
    var variance: Double { max(0, (squares - sum * sum / count) / (count - 1)) }
  }

  /// Shares of the values that are kept, the smallest.
  static let shares = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]
  /// A class of which a crop leaves less is not compared.
  static let leastRows = 100
  /// Where the variance is 0, t is said to be this.
  static let largestT = 1e6

  let pairs: [Pair]
  /// n times the Kolmogorov–Smirnov distance of each pair, in classes of n rows each.
  private(set) var steps: [Int]
  private(set) var crops: [Crop] = []

  init(_ column: LeakColumn, _ labels: [UInt8], classes: Int) {
    pairs = Self.pairs(of: classes)
    steps = Array(repeating: 0, count: pairs.count)
    // Near the values, so that the squares keep their digits.
    let origin = column.values[Int(column.order[(column.missing + column.order.count) / 2])]
    let cuts = Self.cuts(column)
    var counts = [Int](repeating: 0, count: classes)
    var moments = [Moments](repeating: Moments(), count: classes)
    var start = 0
    for end in column.ends.map(Int.init) {
      for row in column.order[start..<end] {
        let label = Int(labels[Int(row)])
        counts[label] += 1
        if start >= column.missing { moments[label].add(column.values[Int(row)] - origin) }
      }
      start = end
      widen(counts)
      if let kept = cuts[end] { crop(moments, kept: kept) }
    }
  }

  static func pairs(of classes: Int) -> [Pair] {
    (0..<classes).flatMap { first in (0..<first).map { Pair(first: $0, second: first) } }
  }

  private mutating func widen(_ counts: [Int]) {
    for (index, pair) in pairs.enumerated() {
      let distance = abs(counts[pair.first] - counts[pair.second])
      if distance > steps[index] { steps[index] = distance }
    }
  }

  /// The ends of groups at which a crop ends, with the share that it keeps; where two shares end at one group, the larger.
  private static func cuts(_ column: LeakColumn) -> [Int: Double] {
    let present = column.order.count - column.missing
    var cuts: [Int: Double] = [:]
    for share in shares {
      let wanted = column.missing + Int((share * Double(present)).rounded(.up))
      let group = Quantile.whole(0, column.ends.count - 1) { Int(column.ends[$0]) >= wanted }
      cuts[Int(column.ends[group])] = share
    }
    return cuts
  }

  private mutating func crop(_ moments: [Moments], kept: Double) {
    for pair in pairs {
      guard let test = Self.welch(moments[pair.first], moments[pair.second]) else { continue }
      crops.append(
        Crop(pair: pair, kept: kept, difference: test.difference, t: test.t, degrees: test.degrees))
    }
  }

  /// Welch's test; nil where there is too little or nothing to compare.
  static func welch(
    _ a: Moments, _ b: Moments, leastRows: Int = leastRows
  ) -> (difference: Double, t: Double, degrees: Double)? {
    guard a.count >= Double(leastRows), b.count >= Double(leastRows) else { return nil }
    let difference = a.mean - b.mean
    let (first, second) = (a.variance / a.count, b.variance / b.count)
    let error = first + second
    guard error > 0 else {
      guard difference != 0 else { return nil }
      return (difference, difference > 0 ? largestT : -largestT, a.count + b.count - 2)
    }
    let degrees = error * error / (first * first / (a.count - 1) + second * second / (b.count - 1))
    let t = difference / error.squareRoot()
    return (difference, min(max(t, -largestT), largestT), degrees)
  }
}
