import COrder

/// Some columns of all vectors, and one thread's working memory for them.
final class ColumnBlock {
  /// Places of the numbers, at most ``width``.
  private(set) var places = 0..<0
  /// What ``middle(trim:mean:median:)`` found, for each place.
  let (mean, median): (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)
  /// What ``combine(_:own:_:isLast:)`` or ``beginAtMedian()`` left, for each place.
  let z: UnsafeMutablePointer<Double>
  let width: Int

  private let kernel: OrderKernel
  private let rows: Int
  private let mixture: Mixture?
  private let stride: Int
  private let (numbers, mixed): (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>?)
  /// Where each row's places begin.
  private let starts: UnsafeMutablePointer<UnsafePointer<Float>?>
  private var liesElsewhere = false
  private lazy var half = Self.room((rows + OrderKernel.rowsAtATime) * width, of: Double(0), in: &memory)
  private let scratch: UnsafeMutableRawPointer
  private var memory: [UnsafeMutableRawPointer]

  /// How many columns of so many rows are a block: what second-level caches hold, at `most` so many, and no more than the `length` of a
  /// row asks for.
  static func width(rows: Int, length: Int, most: Int) -> Int {
    let columns = OrderKernel.columnsAtATime
    let held = min(most, numbersHeld / max(1, rows)) / columns * columns
    return max(columns, min(held, (min(length, most) + columns - 1) / columns * columns))
  }

  private static let numbersHeld = 1 << 17
  /// Rows of a block do not begin at the same place of a page.
  private static let gap = 16
  private static let alignment = 64

  init(rows: Int, width: Int, kernel: OrderKernel, mixture: Mixture?) {
    (self.rows, self.width, self.kernel, self.mixture) = (rows, width, kernel, mixture)
    stride = width + Self.gap
    var memory: [UnsafeMutableRawPointer] = []
    func room<Number>(_ count: Int, of zero: Number) -> UnsafeMutablePointer<Number> {
      Self.room(count, of: zero, in: &memory)
    }
    numbers = room(rows * stride, of: 0)
    mixed = mixture == nil ? nil : room(rows * stride, of: 0)
    starts = room(rows, of: nil)
    (mean, median) = (room(width, of: 0), room(width, of: 0))
    z = room(width, of: 0)
    scratch = UnsafeMutableRawPointer(room(OrderKernel.scratchBytes(rows: rows), of: UInt8(0)))
    self.memory = memory
  }

  deinit {
    for part in memory { part.deallocate() }
  }

  private static func room<Number>(
    _ count: Int, of zero: Number, in memory: inout [UnsafeMutableRawPointer]
  ) -> UnsafeMutablePointer<Number> {
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, count) * MemoryLayout<Number>.stride, alignment: alignment)
    memory.append(bytes)
    return bytes.initializeMemory(as: Number.self, repeating: zero, count: max(1, count))
  }

  private var block: corder_block {
    let columns = OrderKernel.columnsAtATime
    return corder_block(
      numbers: starts, rows: rows, columns: (places.count + columns - 1) / columns * columns, fetched: 0)
  }

  /// The same, and these lines of the next block come to the cache meanwhile, if none is copied.
  private func block(fetching lines: Int...) -> corder_block {
    var block = block
    if liesElsewhere { block.fetched = Int32(lines.reduce(0, |)) }
    return block
  }

  /// Takes the numbers at `places`, 1 to ``width`` of them, of `rows`, and mixes them where that comes first.
  /// - Returns: the rows that hold none that can be aggregated, by their place; if there are any, nothing can be done with the block.
  func load(_ rows: [any VectorRow], places: Range<Int>) -> [Int: Aggregate.Reason] {
    (self.places, liesElsewhere) = (places, false)
    var lies: [Int: Aggregate.Reason] = [:]
    let missing = block.columns - places.count
    for place in rows.indices {
      let start = numbers + place * stride
      starts[place] = UnsafePointer(start)
      if let reason = rows[place].copy(places, to: start) { lies[place] = reason }
      if missing > 0 { (start + places.count).update(repeating: 0, count: missing) }
    }
    if let mixture, let mixed, lies.isEmpty {
      kernel.mix(block, chosen: mixture.chosen, count: mixture.count, to: mixed, stride: stride)
      for place in rows.indices { starts[place] = UnsafePointer(mixed + place * stride) }
    }
    return lies
  }

  /// Takes as many columns as a block has, at `places`, where they lie, none of them NaN or infinite.
  func view(_ addresses: RowAddresses, places: Range<Int>) {
    (self.places, liesElsewhere) = (places, true)
    for row in 0..<rows { starts[row] = addresses.starts[row] + places.lowerBound }
  }

  /// Finds each column's mean without its `trim` smallest and largest, its median, or both.
  func middle(trim: Int = 0, mean wantsMean: Bool = false, median wantsMedian: Bool = false) {
    kernel.middle(
      block, trim: trim, scratch: scratch, mean: wantsMean ? mean : nil, median: wantsMedian ? median : nil)
  }

  /// z ← the median, which ``middle(trim:mean:median:)`` must have found.
  func beginAtMedian() {
    for offset in 0..<block.columns { z[offset] = Double(median[offset]) }
  }

  /// z ← own · columns + Σ weights · rows, at the block's places, and to the columns; without columns, Σ weights · rows.
  /// - Parameter isLast: nothing else is read of the block.
  func combine(_ weights: [Double], own: Double = 0, _ columns: Columns<Double>? = nil, isLast: Bool = true) {
    z.update(repeating: 0, count: width)
    if let columns { z.update(from: columns.start + places.lowerBound, count: places.count) }
    let block = isLast ? block(fetching: CORDER_EVEN, CORDER_ODD) : block(fetching: CORDER_EVEN)
    kernel.combine(block, weights: weights, own: own, z: z)
    columns?.set(places, to: z)
  }

  /// Adds each row's squared distance to z, at the block's places. The columns beyond the last are zeros in the rows, and in z.
  func addDistances(to squares: inout [Double]) {
    kernel.distances(block(fetching: CORDER_ODD), from: z, addTo: &squares)
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
