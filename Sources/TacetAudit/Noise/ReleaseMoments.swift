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
  /// The last trials, which are not in the sums yet: a column of ``batch`` places for each number.
  private var columns: [Int16]
  /// How many trials that is.
  private var pending = 0

  /// So many trials are added up together, since a product of columns in 32 bits is several times as fast as one in 64.
  private static let batch = 256

  init(numbers: Int) {
    self.numbers = numbers
    sums = Array(repeating: 0, count: numbers)
    products = Array(repeating: 0, count: numbers * (numbers + 1) / 2)
    columns = Array(repeating: 0, count: numbers * Self.batch)
  }

  /// Adds a trial of as many numbers.
  mutating func add(_ values: [Int16]) {
    // Ours to keep: `AttackTrials` has looked.
    precondition(values.count == numbers)
    trials += 1
    columns.withUnsafeMutableBufferPointer { columns in
      for (number, value) in values.enumerated() { columns[number * Self.batch + pending] = value }
    }
    pending += 1
    if pending == Self.batch { addPending() }
  }

  /// Adds up the last trials.
  private mutating func addPending() {
    columns.withUnsafeBufferPointer { all in
      let columns = (0..<numbers).map { number in
        UnsafeBufferPointer(rebasing: all[number * Self.batch..<number * Self.batch + pending])
      }
      let largest = columns.map { $0.reduce(1) { max($0, Int($1.magnitude)) } }
      for (number, column) in columns.enumerated() { sums[number] += column.reduce(0) { $0 + Int64($1) } }
      products.withUnsafeMutableBufferPointer { products in
        var place = 0
        for row in columns.indices {
          for column in row..<columns.count {
            let stretch = Int(Int32.max) / (largest[row] * largest[column])
            products[place] += Self.product(columns[row], columns[column], stretch: stretch)
            place += 1
          }
        }
      }
    }
    pending = 0
  }

  /// Σ aᵢbᵢ of columns of one length.
  /// - Parameter stretch: of how many terms no sum is beyond 32 bits, 1 or more.
  private static func product(
    _ first: UnsafeBufferPointer<Int16>, _ second: UnsafeBufferPointer<Int16>, stretch: Int
  ) -> Int64 {
    var sum: Int64 = 0
    for start in stride(from: 0, to: first.count, by: stretch) {
      var part: Int32 = 0
      for index in start..<min(start + stretch, first.count) {
        part &+= Int32(first[index]) &* Int32(second[index])
      }
      sum += Int64(part)
    }
    return sum
  }

  /// The same with all trials in the sums.
  private var complete: ReleaseMoments {
    var complete = self
    complete.addPending()
    return complete
  }

  /// The mean of each number.
  var means: [Double] { complete.sums.map { Double($0) / Double(max(trials, 1)) } }

  /// Σ (xᵢ − mean)(xⱼ − mean) for j ≥ i, row by row: exact up to one rounding, however far the mean is from 0.
  var scatter: [Double] {
    let complete = complete
    let (sums, products) = (complete.sums, complete.products)
    var scatter: [Double] = []
    scatter.reserveCapacity(products.count)
    for row in sums.indices {
      for column in row..<numbers {
        let product = Int128(trials) * Int128(products[scatter.count]) - Int128(sums[row]) * Int128(sums[column])
        // The conversion of 128 bits takes many times as long.
        let sum = Int64(exactly: product).map(Double.init) ?? Double(product)
        scatter.append(sum / Double(max(trials, 1)))
      }
    }
    return scatter
  }
}
