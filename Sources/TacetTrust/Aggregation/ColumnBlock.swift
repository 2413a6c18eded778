import COrder

/// Some columns of all vectors, and one thread's working memory for them.
final class ColumnBlock {
  /// Places of the numbers, at most ``width``.
  private(set) var places = 0..<0
  /// What ``middle(trim:mean:median:)`` found, for each place.
  let (mean, median): (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
  let width: Int

  private let kernel: OrderKernel
  private let rows: Int
  private let mixture: Mixture?
  private let stride: Int
  private let (numbers, mixed): (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>?)
  private let half: UnsafeMutablePointer<Double>
  private let z: UnsafeMutablePointer<Double>
  private let scratch: UnsafeMutableRawPointer
  private let memory: [UnsafeMutableRawPointer]

  /// How many columns of so many rows are a block: what second-level caches hold, and no more than the `length` of a row asks for.
  static func width(rows: Int, length: Int) -> Int {
    let columns = OrderKernel.columnsAtATime
    let held = min(largestWidth, numbersHeld / max(1, rows)) / columns * columns
    return max(columns, min(held, (min(length, largestWidth) + columns - 1) / columns * columns))
  }

  private static let largestWidth = 512
  private static let numbersHeld = 1 << 17
  /// Rows of a block do not begin at the same place of a page.
  private static let gap = 16
  private static let alignment = 64

  init(rows: Int, length: Int, kernel: OrderKernel, mixture: Mixture?) {
    (self.rows, self.kernel, self.mixture) = (rows, kernel, mixture)
    width = Self.width(rows: rows, length: length)
    stride = width + Self.gap
    var memory: [UnsafeMutableRawPointer] = []
    func room<Number>(_ count: Int, of zero: Number) -> UnsafeMutablePointer<Number> {
      let bytes = UnsafeMutableRawPointer.allocate(
        byteCount: max(1, count) * MemoryLayout<Number>.stride, alignment: Self.alignment)
      memory.append(bytes)
      return bytes.initializeMemory(as: Number.self, repeating: zero, count: max(1, count))
    }
    let wholeRows = rows + OrderKernel.rowsAtATime
    numbers = room(rows * stride, of: 0)
    mixed = mixture == nil ? nil : room(rows * stride, of: 0)
    (mean, median) = (room(width, of: 0), room(width, of: 0))
    half = room(wholeRows * width, of: 0)
    z = room(width, of: 0)
    scratch = UnsafeMutableRawPointer(room(OrderKernel.scratchBytes(rows: rows), of: UInt8(0)))
    self.memory = memory
  }

  deinit {
    for part in memory { part.deallocate() }
  }

  private var block: corder_block {
    let columns = OrderKernel.columnsAtATime
    return corder_block(
      numbers: mixed ?? numbers, stride: stride, rows: rows, columns: (places.count + columns - 1) / columns * columns)
  }

  /// Takes the numbers at `places`, 1 to ``width`` of them, of `rows`, and mixes them where that comes first.
  /// - Returns: the rows that hold none that can be aggregated, by their place; if there are any, nothing can be done with the block.
  func load(_ rows: [any VectorRow], places: Range<Int>) -> [Int: Aggregate.Reason] {
    self.places = places
    var lies: [Int: Aggregate.Reason] = [:]
    let missing = block.columns - places.count
    for place in rows.indices {
      let start = numbers + place * stride
      if let reason = rows[place].copy(places, to: start) { lies[place] = reason }
      if missing > 0 { (start + places.count).update(repeating: 0, count: missing) }
    }
    if let mixture, let mixed, lies.isEmpty {
      var unmixed = block
      unmixed.numbers = UnsafePointer(numbers)
      kernel.mix(unmixed, chosen: mixture.chosen, count: mixture.count, to: mixed)
    }
    return lies
  }

  /// Finds each column's mean without its `trim` smallest and largest, its median, or both.
  func middle(trim: Int = 0, mean wantsMean: Bool = false, median wantsMedian: Bool = false) {
    kernel.middle(
      block, trim: trim, scratch: scratch, mean: wantsMean ? mean : nil, median: wantsMedian ? median : nil)
  }

  /// z ← own · z + Σ weights · rows, at the block's places.
  func combine(_ weights: [Double], own: Double, _ columns: Columns<Double>) {
    z.update(from: columns.start + places.lowerBound, count: places.count)
    kernel.combine(block, weights: weights, own: own, z: z)
    columns.set(places, to: z)
  }

  /// Σ weights · rows / divisor, at the block's places, to `columns`.
  func combine(_ weights: [Double], dividedBy divisor: Double, to columns: Columns<Float>) {
    z.update(repeating: 0, count: width)
    kernel.combine(block, weights: weights, own: 0, z: z)
    for (offset, place) in places.enumerated() { columns.start[place] = Float(z[offset] / divisor) }
  }

  /// Adds each row's squared distance to z, at the block's places.
  func addDistances(to squares: inout [Double], from columns: Columns<Double>) {
    z.update(from: columns.start + places.lowerBound, count: places.count)
    // The columns beyond the last are zeros in the rows too.
    (z + places.count).update(repeating: 0, count: block.columns - places.count)
    kernel.distances(block, from: z, addTo: &squares)
  }

  /// Adds a quarter of the products of all pairs of rows, each less the median, which ``middle(trim:mean:median:)`` must have found.
  func addProducts(to gram: inout [Double]) {
    kernel.gram(block, centre: median, half: half, addTo: &gram)
  }
}

/// Columns that several threads write, each those of its own blocks and no other.
struct Columns<Number: BitwiseCopyable>: @unchecked Sendable {
  // Unchecked: blocks do not overlap, and a pass has ended before its columns are read elsewhere.
  let start: UnsafeMutablePointer<Number>

  /// Sets the numbers at a block's places.
  func set(_ places: Range<Int>, to numbers: UnsafePointer<Number>) {
    (start + places.lowerBound).update(from: numbers, count: places.count)
  }
}
