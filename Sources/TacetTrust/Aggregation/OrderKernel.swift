import COrder

/// The arithmetic on blocks of columns, as one kind of processor does it best. All kernels have the same results to the last bit.
package struct OrderKernel: @unchecked Sendable, CustomStringConvertible {
  // Unchecked: a constant of C.
  private let functions: UnsafePointer<corder_kernel>

  /// Those of this processor, the fastest first; at least one.
  package static let all: [OrderKernel] = {
    var kernels: [OrderKernel] = []
    while let functions = corder_kernel_at(kernels.count) { kernels.append(OrderKernel(functions: functions)) }
    return kernels
  }()

  /// Blocks have a multiple of so many columns.
  static let columnsAtATime = Int(CORDER_COLUMNS)
  /// Rows of pairs come so many at a time.
  static let rowsAtATime = Int(CORDER_ROWS)

  /// How many bytes sorting so many rows takes.
  static func scratchBytes(rows: Int) -> Int { corder_scratch(rows) }

  /// avx512, avx2 or portable.
  package var description: String { String(cString: functions.pointee.name) }

  /// The fastest of this processor.
  package static let best = all[0]

  /// Copies 32-bit floating-point numbers, or only looks at them.
  /// - Returns: whether all are finite.
  func copy(_ source: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<Float>?) -> Bool {
    guard let start = source.baseAddress else { return true }
    return functions.pointee.copy(start, source.count / MemoryLayout<Float>.size, target) == 0
  }

  func middle(
    _ block: corder_block, trim: Int, scratch: UnsafeMutableRawPointer, mean: UnsafeMutablePointer<Float>?,
    median: UnsafeMutablePointer<Float>?
  ) {
    withUnsafePointer(to: block) { functions.pointee.middle($0, trim, scratch, mean, median) }
  }

  func combine(_ block: corder_block, weights: [Double], own: Double, z: UnsafeMutablePointer<Double>) {
    withUnsafePointer(to: block) { functions.pointee.combine($0, weights, own, z) }
  }

  func distances(_ block: corder_block, from z: UnsafePointer<Double>, addTo squares: inout [Double]) {
    withUnsafePointer(to: block) { functions.pointee.distances($0, z, &squares) }
  }

  func gram(
    _ block: corder_block, centre: UnsafePointer<Float>, half: UnsafeMutablePointer<Double>, addTo gram: inout [Double]
  ) {
    let rows = (block.rows + Self.rowsAtATime - 1) / Self.rowsAtATime * Self.rowsAtATime
    withUnsafePointer(to: block) { functions.pointee.centre($0, centre, half) }
    functions.pointee.gram(half, rows, block.columns, &gram)
  }

  func mix(_ block: corder_block, chosen: [Double], count: Int, to mixed: UnsafeMutablePointer<Float>, stride: Int) {
    withUnsafePointer(to: block) { functions.pointee.mix($0, chosen, Double(count), mixed, stride) }
  }
}
