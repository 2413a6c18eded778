/// The covariance of the noise, estimated from two worlds that each have a mean of their own, and what it makes of a
/// difference.
struct PooledCovariance {
  let numbers: Int
  /// The degrees of freedom: the trials of both worlds, less two.
  let degrees: Int
  /// How much each pair of numbers varies together, summed over the trials: j ≥ i, row by row.
  let scatter: [Double]
  /// Below this share of its own variance, what is left of a number when the numbers before it are known is none. With 50
  /// trials more than numbers the noise that is claimed leaves so little with a probability below 1e-200.
  private static let leastShare = 1e-9

  init(_ first: ReleaseMoments, _ second: ReleaseMoments) {
    numbers = first.numbers
    degrees = first.trials + second.trials - 2
    scatter = zip(first.scatter, second.scatter).map { $0 + $1 }
  }

  /// How much a number varies, summed over the trials.
  func squares(_ index: Int) -> Double { scatter[place(index, index)] }

  /// The correlation of two numbers, the first not after the second; 0 where one does not vary.
  func correlation(_ first: Int, _ second: Int) -> Double {
    let size = (squares(first) * squares(second)).squareRoot()
    return size > 0 ? scatter[place(first, second)] / size : 0
  }

  /// Σ⁻¹ · difference, by Cholesky's factor; nil where some combination of the numbers has no noise in it.
  func weights(_ difference: [Double]) -> [Double]? {
    guard let factor = factor() else { return nil }
    var values = difference
    for row in 0..<numbers {
      for column in 0..<row { values[row] -= factor[row * numbers + column] * values[column] }
      values[row] /= factor[row * numbers + row]
    }
    for row in (0..<numbers).reversed() {
      for below in row + 1..<numbers { values[row] -= factor[below * numbers + row] * values[below] }
      values[row] /= factor[row * numbers + row]
    }
    return values
  }

  /// L with L·Lᵀ = Σ, row by row.
  private func factor() -> [Double]? {
    guard degrees > 0 else { return nil }
    var factor = [Double](repeating: 0, count: numbers * numbers)
    for row in 0..<numbers {
      for column in 0...row {
        var sum = scatter[place(column, row)] / Double(degrees)
        for before in 0..<column { sum -= factor[row * numbers + before] * factor[column * numbers + before] }
        if column < row {
          factor[row * numbers + column] = sum / factor[column * numbers + column]
        } else {
          guard sum > Self.leastShare * squares(row) / Double(degrees) else { return nil }
          factor[row * numbers + row] = sum.squareRoot()
        }
      }
    }
    return factor
  }

  private func place(_ row: Int, _ column: Int) -> Int { row * numbers - row * (row + 1) / 2 + column }
}
