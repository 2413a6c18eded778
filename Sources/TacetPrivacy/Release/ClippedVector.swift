internal import CNoise

/// An activation on the integer grid, held to ‖x‖² ≤ R² by exact arithmetic, in constant time (CNoise's release.c).
///
/// What it was made of is wiped; the values are the owner's to wipe, or to cover with noise.
struct ClippedVector {
  /// x: ‖x‖² ≤ R².
  private(set) var values: [Int16]
  /// Inputs that were infinite or not a number.
  let sanitised: Int

  /// Clips `activation` (any floats, at most 2²⁴) to L2 norm 1, times `radius` (1…16383), rounded to nearest, then shrunk
  /// to fit where rounding made it longer than `radius`.
  init(_ activation: [Float], radius: Int) {
    // Ours to keep: `Releaser` and `ReleaseParameters` bound both.
    precondition(activation.count <= Releaser.largestDimension && (1...ReleaseParameters.largestRadius).contains(radius))
    var values = [Int16](repeating: 0, count: activation.count)
    var gains = values
    sanitised = Int(cnoise_clip(activation, activation.count, Int32(radius), &values, &gains))
    SecretMemory.wipe(&gains)
    self.values = values
  }

  /// `values`, whatever they are, shrunk by integers alone so that ‖x‖² ≤ R²: the step on which the bound rests. As they
  /// were where that holds already.
  static func held(_ values: [Int16], to radius: Int) -> [Int16] {
    var held = values
    cnoise_hold(&held, held.count, Int32(radius))
    return held
  }

  /// y = saturate(x + z): from now on `values` may be told. There must be as many of z.
  consuming func noised(by noise: [Int16]) -> [Int16] {
    // Ours to keep: the caller draws as many as there are values.
    precondition(noise.count == values.count)
    cnoise_add(noise, noise.count, &values)
    return values
  }

  /// Zeroes the elements.
  mutating func wipe() {
    SecretMemory.wipe(&values)
  }
}
