import Dispatch
import Synchronization

/// Reads all vectors once, a block of columns at a time, on several threads.
///
/// The columns are cut into chunks that depend on the vectors' number and length alone; each chunk is done by one thread and
/// has a result of its own, so that what they come to does not depend on the threads. Memory: a block for each thread.
struct ColumnPass: Sendable {
  /// Vectors of the same length, at least one.
  var rows: [any VectorRow]
  let length: Int
  let threads: Int
  let kernel: OrderKernel
  /// What becomes of a block before anything else.
  var mixture: Mixture?
  /// How many columns are a block, at most.
  var mostColumns = 512
  /// Where the vectors lie, if they need not be copied: they have been looked at, and nothing is mixed.
  var addresses: RowAddresses?

  /// Rows that cannot be aggregated, by their place.
  struct Lies: Error {
    let reasons: [Int: Aggregate.Reason]
  }

  /// Enough for many threads, and few enough to keep a result of each.
  static let usualChunks = 64

  /// What `body` makes of each chunk's blocks, in order, beginning with `initial`.
  /// - Throws: ``Lies`` after a look at all columns, so that all of them are found at once.
  func reduce<Result: Sendable>(
    chunks most: Int = usualChunks, from initial: Result, _ body: @Sendable (inout Result, ColumnBlock) -> Void
  ) throws(Lies) -> [Result] {
    let width = ColumnBlock.width(rows: rows.count, length: length, most: mostColumns)
    let blocks = (length + width - 1) / width
    let chunks = min(most, blocks)
    let results = Mutex<[Result?]>(Array(repeating: nil, count: chunks))
    let lies = Mutex<[Int: Aggregate.Reason]>([:])
    let taken = Atomic(0)
    let isFutile = Atomic(false)
    Self.perform(min(threads, chunks)) {
      let block = ColumnBlock(rows: rows.count, width: width, kernel: kernel, mixture: mixture)
      while true {
        let chunk = taken.add(1, ordering: .relaxed).oldValue
        guard chunk < chunks else { return }
        var result = initial
        for number in (chunk * blocks / chunks)..<((chunk + 1) * blocks / chunks) {
          let found = take((number * width)..<min(length, (number + 1) * width), to: block)
          if !found.isEmpty {
            isFutile.store(true, ordering: .relaxed)
            lies.withLock { $0.merge(found) { first, _ in first } }
          }
          if !isFutile.load(ordering: .relaxed) { body(&result, block) }
        }
        results.withLock { $0[chunk] = result }
      }
    }
    let found = lies.withLock { $0 }
    guard found.isEmpty else { throw Lies(reasons: found) }
    return results.withLock { $0.compactMap { $0 } }
  }

  /// The same without results.
  func forEach(_ body: @Sendable (ColumnBlock) -> Void) throws(Lies) {
    _ = try reduce(from: ()) { _, block in body(block) }
  }

  private func take(_ places: Range<Int>, to block: ColumnBlock) -> [Int: Aggregate.Reason] {
    guard let addresses, places.count == block.width else { return block.load(rows, places: places) }
    block.view(addresses, places: places)
    return [:]
  }

  /// What `body` makes of a pass that reads the vectors where they lie, if they let it. All of them must have been looked at.
  func inPlace(_ body: (ColumnPass) throws(Lies) -> [Float]) throws(Lies) -> [Float] {
    guard mixture == nil else { return try body(self) }
    var result: [Float]?
    try RowAddresses.of(rows) { addresses throws(Lies) in
      var pass = self
      pass.addresses = addresses
      result = try body(pass)
    }
    if let result { return result }
    return try body(self)
  }

  private static func perform(_ workers: Int, _ body: @Sendable () -> Void) {
    if workers <= 1 {
      body()
    } else {
      DispatchQueue.concurrentPerform(iterations: workers) { _ in body() }
    }
  }
}
