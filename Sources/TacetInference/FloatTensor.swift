/// Numbers with a shape, in row-major order: the product of `shape` is the number of values.
public struct FloatTensor: Hashable, Sendable {
  /// The length of each axis.
  public let shape: [Int]
  /// The values.
  public let values: [Float]

  /// - Throws: ``InferenceError`` when the values are not as many as the shape says.
  public init(shape: [Int], values: [Float]) throws(InferenceError) {
    guard shape.allSatisfy({ $0 >= 0 }), shape.reduce(1, *) == values.count else {
      throw InferenceError(.badInput, "a tensor of shape \(shape) cannot have \(values.count) values")
    }
    self.shape = shape
    self.values = values
  }
}
