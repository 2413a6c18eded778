/// What a message carries: a tensor (row-major values, 1 to 8 axes of length ≥ 1), a checkpoint, or nothing.
package enum Payload: Sendable, Hashable {
  /// A release: real value = integer × scale; the scale is finite and greater than 0.
  case int16([Int16], shape: [Int], scale: Float)
  /// Finite values only.
  case float32([Float], shape: [Int])
  /// Text, or a part of one.
  case uint8([UInt8], shape: [Int])
  /// A log's checkpoint, or a part of it.
  case checkpoint(CheckpointPart)
  /// Nothing.
  case none

  /// The most axes a tensor has.
  package static let maximumRank = 8
}

extension Payload {
  /// Checks that the axes account for exactly `count` values.
  ///
  /// Products are formed with overflow reported, so no shape however large gets past.
  /// - Throws: ``WireError/field(_:problem:)`` for a rank outside 1…8, an axis below 1 or a wrong product.
  static func check(shape: [Int], count: Int) throws(WireError) {
    guard (1...maximumRank).contains(shape.count) else {
      throw .field("shape", problem: "has \(shape.count) axes, 1 to \(maximumRank) are possible")
    }
    var product = 1
    for axis in shape {
      guard axis >= 1 else { throw .field("shape", problem: "has an axis below 1") }
      let (next, overflow) = product.multipliedReportingOverflow(by: axis)
      guard !overflow, next <= count else {
        throw .field("shape", problem: "asks for more than the \(count) values there are")
      }
      product = next
    }
    guard product == count else {
      throw .field("shape", problem: "asks for \(product) values, there are \(count)")
    }
  }
}
