internal import CNoise

/// An activation on the integer grid, held to ‖x‖² ≤ R² by whole-number arithmetic, in constant time.
struct ClippedVector {
  /// x, each element at most R in magnitude.
  private(set) var values: [Int16]
  /// Inputs that were infinite or not a number, and count as zero.
  let sanitised: Int

  /// Clips `activation` (any floats, at most `Releaser.largestDimension`) to L2 norm 1, times `radius`, rounded to nearest,
  /// then shrunk to fit if rounding made it longer than `radius`. See `cnoise_clip`.
  init(_ activation: [Float], radius: Int) {
    // Ours to keep: `Releaser` and `ReleaseParameters` bound both.
    precondition(
      activation.count <= Releaser.largestDimension && (1...ReleaseParameters.largestRadius).contains(radius))
    var sanitised: UInt64 = 0
    values = [Int16](unsafeUninitializedCapacity: activation.count) { values, count in
      guard let target = values.baseAddress else { return }
      // Scratch, as secret as the activation.
      let gains = UnsafeMutableBufferPointer<Int16>.allocate(capacity: activation.count)
      defer {
        SecretMemory.wipe(gains)
        gains.deallocate()
      }
      guard let scratch = gains.baseAddress else { return }
      sanitised = cnoise_clip(activation, activation.count, Int32(radius), target, scratch)
      count = activation.count
    }
    self.sanitised = Int(sanitised)
  }

  /// The guarantee apart from all floating point: `values`, whatever they are, shrunk to ‖x‖² ≤ R², unchanged
  /// where that holds. The last step of clipping, and the seam where it is tested.
  static func held(_ values: [Int16], to radius: Int) -> [Int16] {
    var values = values
    values.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      cnoise_hold(start, buffer.count, Int32(radius))
    }
    return values
  }

  /// `noise` becomes x + noise, saturated.
  func add(to noise: inout [Int16]) {
    noise.withUnsafeMutableBufferPointer { add(to: $0) }
  }

  /// The same in memory that stays where it is.
  func add(to target: UnsafeMutableBufferPointer<Int16>) {
    values.withUnsafeBufferPointer { Self.add($0, to: target) }
  }

  /// `target` becomes `values` + `target`, saturated, in constant time.
  static func add(_ values: UnsafeBufferPointer<Int16>, to target: UnsafeMutableBufferPointer<Int16>) {
    // Ours to keep: whoever calls has as many of the one as of the other.
    precondition(target.count == values.count)
    guard let from = values.baseAddress, let to = target.baseAddress else { return }
    cnoise_add(from, values.count, to)
  }

  /// Zeroes the elements.
  mutating func wipe() {
    SecretMemory.wipe(&values)
  }
}
