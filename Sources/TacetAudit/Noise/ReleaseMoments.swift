/// First and second moments of what one world released: whole numbers, exact, as large after a million trials as after
/// one.
struct ReleaseMoments: Sendable {
  /// How many numbers a trial has.
  let numbers: Int
  /// How many trials were added; below 2^31, so that no sum passes 2^62.
  private(set) var trials = 0
  private var sums: [Int64]
  /// Σ xᵢxⱼ for j ≥ i, row by row.
  private var products: [Int64]

  init(numbers: Int) {
    self.numbers = numbers
    sums = Array(repeating: 0, count: numbers)
    products = Array(repeating: 0, count: numbers * (numbers + 1) / 2)
  }

  /// Adds a trial of as many numbers.
  mutating func add(_ values: [Int16]) {
    // Ours to keep: `AttackTrials` has looked.
    precondition(values.count == numbers)
    trials += 1
    for (index, value) in values.enumerated() { sums[index] += Int64(value) }
    products.withUnsafeMutableBufferPointer { products in
      values.withUnsafeBufferPointer { values in
        var place = 0
        for row in values.indices {
          let factor = Int32(values[row])
          for column in row..<values.count {
            products[place] += Int64(factor &* Int32(values[column]))
            place += 1
          }
        }
      }
    }
  }

  /// The mean of each number.
  var means: [Double] { sums.map { Double($0) / Double(max(trials, 1)) } }

  /// Σ (xᵢ − mean)(xⱼ − mean) for j ≥ i, row by row: exact up to one rounding, however far the mean is from 0.
  var scatter: [Double] {
    var scatter: [Double] = []
    scatter.reserveCapacity(products.count)
    for row in sums.indices {
      for column in row..<numbers {
        let product = Int128(trials) * Int128(products[scatter.count]) - Int128(sums[row]) * Int128(sums[column])
        scatter.append(Double(product) / Double(max(trials, 1)))
      }
    }
    return scatter
  }
}
