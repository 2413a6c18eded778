/// How each number of a trial goes with the same number of the trial that was released next. Whole numbers, exact.
struct SerialMoments {
  private(set) var pairs = 0
  private var sums: [Sums]

  private struct Sums {
    var (first, second): (Int64, Int64) = (0, 0)
    var (firstSquare, secondSquare, product): (Int64, Int64, Int64) = (0, 0, 0)
  }

  init(numbers: Int) { sums = Array(repeating: Sums(), count: numbers) }

  /// Adds two trials of as many numbers.
  mutating func add(_ first: [Int16], then second: [Int16]) {
    pairs += 1
    for (index, pair) in zip(first, second).enumerated() where sums.indices.contains(index) {
      let (one, other) = (Int64(pair.0), Int64(pair.1))
      sums[index].first += one
      sums[index].second += other
      sums[index].firstSquare += one * one
      sums[index].secondSquare += other * other
      sums[index].product += one * other
    }
  }

  /// The correlation of each number with itself in the next trial; 0 where it does not vary.
  var correlations: [Double] {
    sums.map { sums in
      let size =
        (spread(sums.firstSquare, sums.first, sums.first) * spread(sums.secondSquare, sums.second, sums.second))
        .squareRoot()
      return size > 0 ? spread(sums.product, sums.first, sums.second) / size : 0
    }
  }

  private func spread(_ product: Int64, _ first: Int64, _ second: Int64) -> Double {
    Double(Int128(pairs) * Int128(product) - Int128(first) * Int128(second))
  }
}
