/// A tensor of float32: `values` in C order, as many as the product of `shape`.
public struct FloatTensor: Sendable, Hashable {
  /// The length of each axis.
  public let shape: [Int]
  /// The elements, last axis fastest.
  public let values: [Float]

  /// - Throws: ``InferenceError`` of kind malformed when the number of values is not that of the shape.
  public init(shape: [Int], values: [Float]) throws(InferenceError) {
    guard Self.count(of: shape) == values.count else {
      throw InferenceError(.malformed, "a tensor of shape \(shape) cannot have \(values.count) values")
    }
    self.shape = shape
    self.values = values
  }

  /// The number of elements of a shape; nil where an axis is negative or the product overflows.
  package static func count(of shape: [Int]) -> Int? {
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else { return nil }
      count = product
    }
    return count
  }
}
