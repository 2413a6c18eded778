/// The squared distances of all pairs of vectors.
///
/// They are ‖xᵢ‖² + ‖xⱼ‖² − 2 xᵢ·xⱼ of vectors less the coordinate median, in double. Without that, updates that differ in
/// their last digits only would seem equal; the mean will not do, since one lie carries it off.
struct PairDistances {
  let rows: Int
  private let products: [Double]
  private let stride: Int

  /// A square of numbers for as many vectors is 128 MB.
  static let mostRows = 4096
  /// Of all chunks' squares together; two are allowed.
  private static let numbersHeld = 1 << 23

  init(_ pass: ColumnPass) throws(ColumnPass.Lies) {
    rows = pass.rows.count
    stride = (rows + OrderKernel.rowsAtATime - 1) / OrderKernel.rowsAtATime * OrderKernel.rowsAtATime
    let square = stride * stride
    let chunks = max(2, min(ColumnPass.usualChunks, Self.numbersHeld / square))
    let parts = try pass.sorting { pass, _ throws(ColumnPass.Lies) in
      try pass.reduce(chunks: chunks, from: [Double]()) { products, block in
        if products.isEmpty { products = [Double](repeating: 0, count: square) }
        block.middle(median: true)
        block.addProducts(to: &products)
      }
    }
    products = parts.dropFirst().reduce(into: parts.first ?? []) { sum, part in
      for index in sum.indices { sum[index] += part[index] }
    }
  }

  /// The squared distance of two vectors, at least 0.
  subscript(first: Int, second: Int) -> Double {
    let (low, high) = (min(first, second), max(first, second))
    let quarter = product(low, low) + product(high, high) - 2 * product(low, high)
    return first == second ? 0 : max(0, 4 * quarter)
  }

  private func product(_ low: Int, _ high: Int) -> Double { products[low * stride + high] }

  /// All vectors by their distance to one, itself first among those as near.
  func nearest(to row: Int) -> [Int] {
    let distances = (0..<rows).map { self[row, $0] }
    return (0..<rows).sorted { (distances[$0], $0 == row ? -1 : $0) < (distances[$1], $1 == row ? -1 : $1) }
  }

  /// All vectors by their Krum score, the best first: the sum of the squared distances to their n − byzantine − 1 nearest others.
  func ranking(byzantine: Int) -> [Int] {
    let scores = (0..<rows).map { row in
      (0..<rows).filter { $0 != row }.map { self[row, $0] }.sorted().prefix(rows - byzantine - 1).reduce(0, +)
    }
    return (0..<rows).sorted { (scores[$0], $0) < (scores[$1], $1) }
  }
}
