/// One feature of all rows that are compared, in the forms that the tests want. Nothing in it depends on the classes.
struct LeakColumn: Sendable {
  let feature: LeakFeature
  /// A value for each row; 0 where there is none.
  let values: [Double]
  /// The rows by value, those without one first.
  let order: [Int32]
  /// How many rows have no value.
  let missing: Int
  /// Ends of the groups of equal values, in ``order``.
  let ends: [Int32]
  /// For each row the share of rows below it, in 0..<1.
  let ranks: [Float]
  /// For each row the number of its bin; the bins have about equally many rows.
  let bins: [UInt8]
  let binCount: Int

  /// Bins of a column, at most.
  static let mostBins = 24

  /// - Parameters:
  ///   - cells: a value for each row, or nil.
  ///   - leastPerBin: a bin has at least so many rows, where there are enough.
  /// - Returns: nil when all rows are equal, but perhaps for the few without a value at the ends of connections.
  init?(_ feature: LeakFeature, _ cells: [Double?], leastPerBin: Int) {
    self.feature = feature
    let keys = cells.map { $0 ?? -.infinity }
    let order = keys.indices.map(Int32.init).sorted { keys[Int($0)] < keys[Int($1)] }
    let ends = Self.groups(order.map { keys[Int($0)] })
    let missing = cells.count { $0 == nil }
    let isEqual = ends.count == 2 && missing > 0 && min(missing, cells.count - missing) < leastPerBin
    guard ends.count > 1, !isEqual else { return nil }
    var ranks = [Float](repeating: 0, count: keys.count)
    var bins = [UInt8](repeating: 0, count: keys.count)
    let closing = Self.bins(ends, leastPerBin: max(leastPerBin, keys.count / Self.mostBins))
    var bin = 0
    var start = 0
    for end in ends.map(Int.init) {
      if bin < closing.count - 1, start >= closing[bin] { bin += 1 }
      for row in order[start..<end] {
        ranks[Int(row)] = Float(start) / Float(keys.count)
        bins[Int(row)] = UInt8(bin)
      }
      start = end
    }
    self.values = cells.map { $0 ?? 0 }
    self.order = order
    self.missing = missing
    self.ends = ends
    self.ranks = ranks
    self.bins = bins
    self.binCount = closing.count
  }

  /// Ends of the runs of equal keys.
  private static func groups(_ sorted: [Double]) -> [Int32] {
    var ends: [Int32] = []
    for index in sorted.indices where index + 1 == sorted.count || sorted[index] != sorted[index + 1] {
      ends.append(Int32(index + 1))
    }
    return ends
  }

  /// Ends of the bins: groups are put together until there are enough rows; what is left over at the end joins the last bin.
  private static func bins(_ ends: [Int32], leastPerBin: Int) -> [Int] {
    var closing: [Int] = []
    for end in ends where Int(end) - (closing.last ?? 0) >= leastPerBin { closing.append(Int(end)) }
    guard let last = ends.last.map(Int.init), closing.last != last else { return closing }
    if !closing.isEmpty { closing.removeLast() }
    return closing + [last]
  }
}
