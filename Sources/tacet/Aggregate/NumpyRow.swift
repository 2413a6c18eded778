import TacetInference
import TacetTrust

/// A vector in a mapped file.
struct NumpyRow: VectorRow {
  let matrix: NumpyMatrix
  let row: Int

  var count: Int { matrix.columns }

  func copy(_ places: Range<Int>, to target: UnsafeMutablePointer<Float>) -> Aggregate.Reason? {
    // Places are within the vector, or nothing is copied.
    matrix.withBytes(row: row, places: places) { bytes in
      switch matrix.element {
      case .float32: VectorCopy.floats(bytes, to: target)
      case .int8: VectorCopy.integers(bytes, of: Int8.self, to: target)
      case .int16: VectorCopy.integers(bytes, of: Int16.self, to: target)
      case .int32: VectorCopy.integers(bytes, of: Int32.self, to: target)
      }
    } ?? .notFinite
  }
}

extension Vectors {
  /// The vectors of files, one after the other.
  init(_ files: [NumpyMatrix]) {
    self.init(rows: files.flatMap { matrix in (0..<matrix.rows).map { NumpyRow(matrix: matrix, row: $0) } })
  }
}
