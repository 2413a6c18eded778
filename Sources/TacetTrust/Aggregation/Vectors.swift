/// A vector that can be read in parts.
public protocol VectorRow: Sendable {
  /// How many numbers it has.
  var count: Int { get }

  /// Copies the numbers at `places`, which are within 0 ..< count, to `target` and on.
  /// - Returns: why they are not numbers that can be aggregated, or nil.
  func copy(_ places: Range<Int>, to target: UnsafeMutablePointer<Float>) -> Aggregate.Reason?

  /// Calls `body` once: with the address of the numbers, if they lie in memory as aligned 32-bit floating point and nobody changes them
  /// meanwhile; otherwise, and by default, with nil. They are read there only after ``copy(_:to:)`` has found that all can be aggregated.
  func withAddress<Failure: Error>(_ body: (UnsafePointer<Float>?) throws(Failure) -> Void) throws(Failure)
}

extension VectorRow {
  /// No address.
  public func withAddress<Failure: Error>(_ body: (UnsafePointer<Float>?) throws(Failure) -> Void) throws(Failure) {
    try body(nil)
  }
}

/// The vectors to aggregate. They are read where they lie, in parts, several times by some rules; they are never copied whole.
public struct Vectors: Sendable {
  /// One for each sender.
  public var rows: [any VectorRow]

  /// Vectors of any kinds.
  public init(rows: [any VectorRow]) { self.rows = rows }

  /// Vectors of floating-point numbers.
  public init(_ vectors: [[Float]]) { rows = vectors.map(FloatRow.init) }

  /// Integer releases: y of DESIGN's y = saturate(x_int + z), in grid units.
  public init(_ releases: [[some FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable]]) {
    rows = releases.map(IntegerRow.init)
  }

  /// How many vectors.
  public var count: Int { rows.count }
}

/// Copies numbers as ``VectorRow`` must, from memory that need not be aligned.
public enum VectorCopy {
  /// 32-bit floating-point numbers, of which none may be NaN or infinite.
  public static func floats(
    _ source: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<Float>
  ) -> Aggregate.Reason? {
    OrderKernel.best.copy(source, to: target) ? nil : .notFinite
  }

  /// Whole numbers, which 32-bit floating point holds exactly below 2²⁴; a larger one is a lie.
  public static func integers<Number: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, of type: Number.Type, to target: UnsafeMutablePointer<Float>
  ) -> Aggregate.Reason? {
    let limit = Number.Magnitude(clamping: 1 << 24)
    var isExact = true
    for index in 0..<(source.count / MemoryLayout<Number>.size) {
      let number = source.loadUnaligned(fromByteOffset: index * MemoryLayout<Number>.size, as: type)
      // No number of 8 or 16 bits is as large as `limit` says then.
      isExact = isExact && (Number.bitWidth < 32 || number.magnitude < limit)
      target[index] = Float(number)
    }
    return isExact ? nil : .notExact
  }
}

/// Numbers in an array.
struct FloatRow: VectorRow {
  let values: [Float]
  var count: Int { values.count }

  init(_ values: [Float]) { self.values = values }

  func copy(_ places: Range<Int>, to target: UnsafeMutablePointer<Float>) -> Aggregate.Reason? {
    let bytes = (places.lowerBound * MemoryLayout<Float>.size)..<(places.upperBound * MemoryLayout<Float>.size)
    return values.withUnsafeBytes { VectorCopy.floats(UnsafeRawBufferPointer(rebasing: $0[bytes]), to: target) }
  }

  func withAddress<Failure: Error>(_ body: (UnsafePointer<Float>?) throws(Failure) -> Void) throws(Failure) {
    try values.withUnsafeBufferPointer { numbers throws(Failure) in try body(numbers.baseAddress) }
  }
}

/// Whole numbers in an array.
struct IntegerRow<Number: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>: VectorRow {
  let values: [Number]
  var count: Int { values.count }

  init(_ values: [Number]) { self.values = values }

  func copy(_ places: Range<Int>, to target: UnsafeMutablePointer<Float>) -> Aggregate.Reason? {
    values[places].withUnsafeBytes { VectorCopy.integers($0, of: Number.self, to: target) }
  }
}
