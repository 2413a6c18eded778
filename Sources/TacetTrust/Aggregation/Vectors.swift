/// A vector that can be read in parts.
public protocol VectorRow: Sendable {
  /// How many numbers it has.
  var count: Int { get }

  /// Copies the numbers at `places`, which are within 0 ..< count, to `target` and on.
  /// - Returns: why they are not numbers that can be aggregated, or nil.
  func copy(_ places: Range<Int>, to target: UnsafeMutablePointer<Float>) -> Aggregate.Reason?
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
  public init(_ releases: [[some FixedWidthInteger & SignedInteger & Sendable]]) {
    rows = releases.map(IntegerRow.init)
  }

  /// How many vectors.
  public var count: Int { rows.count }
}

/// Numbers in an array.
struct FloatRow: VectorRow {
  let values: [Float]
  var count: Int { values.count }

  init(_ values: [Float]) { self.values = values }

  func copy(_ places: Range<Int>, to target: UnsafeMutablePointer<Float>) -> Aggregate.Reason? {
    for (offset, value) in values[places].enumerated() { target[offset] = value }
    return values[places].allSatisfy(\.isFinite) ? nil : .notFinite
  }
}

/// Whole numbers in an array. 32-bit floating point holds them exactly below 2²⁴; a larger one is a lie.
struct IntegerRow<Number: FixedWidthInteger & SignedInteger & Sendable>: VectorRow {
  let values: [Number]
  var count: Int { values.count }

  init(_ values: [Number]) { self.values = values }

  func copy(_ places: Range<Int>, to target: UnsafeMutablePointer<Float>) -> Aggregate.Reason? {
    var isExact = true
    for (offset, value) in values[places].enumerated() {
      isExact = isExact && value.magnitude < 1 << 24
      target[offset] = Float(value)
    }
    return isExact ? nil : .notExact
  }
}
