/// Clips, quantises and noises an activation that has been paid for.
///
/// The release is a post-processing of a Gaussian mechanism of sensitivity 2R and variance `noiseScale.variance`. No branch
/// and no memory access depends on the activation or the noise; a test runs it under valgrind to see that.
public struct Releaser: Sendable {
  /// The most elements an activation may have.
  public static let largestDimension = 1 << 24

  /// A releaser keeps nothing between releases.
  public init() {}

  /// Noises `activation` once, with fresh noise of the precision that was charged, and uses up `reservation`.
  ///
  /// Elements are in units of the clipping radius: an L2 norm above 1 is scaled down to 1, one below stays. Elements
  /// that are infinite or not a number count as zero. Throws ``ReleaseError`` when there are not as many elements as were
  /// charged, or out of range, or noise cannot be drawn; the charge is spent all the same.
  public func release(
    _ activation: [Float], for reservation: consuming Reservation
  ) throws(ReleaseError) -> Release {
    guard activation.count == reservation.dimension else {
      throw .dimensionMismatch(expected: reservation.dimension, found: activation.count)
    }
    let parameters = reservation.parameters
    let noised = try noise(activation, parameters: parameters, precision: reservation.precision)
    return Release(
      values: noised.values, parameters: parameters, identifier: reservation.release, sanitised: noised.sanitised)
  }

  /// The mechanism alone: nobody has paid for what it returns.
  func noise(
    _ activation: [Float], parameters: ReleaseParameters, precision: NoisePrecision
  ) throws(ReleaseError) -> (values: [Int16], sanitised: Int) {
    guard (1...Self.largestDimension).contains(activation.count) else {
      throw .dimensionOutOfRange(activation.count)
    }
    // The noise first: a failure to draw it leaves nothing of the activation behind.
    var noise = try Self.draw(activation.count, scale: parameters.noiseScale, precision: precision)
    defer { SecretMemory.wipe(&noise) }
    let clipped = ClippedVector(activation, radius: parameters.radius)
    let sanitised = clipped.sanitised
    return (clipped.noised(by: noise), sanitised)
  }

  private static func draw(
    _ count: Int, scale: NoiseScale, precision: NoisePrecision
  ) throws(ReleaseError) -> [Int16] {
    let sampler: GaussianSampler
    do {
      sampler = try GaussianSampler(scale: scale, precision: precision)
    } catch {
      // A `NoiseScale` is made only of scales that have a table (a test draws from each).
      preconditionFailure(error.description)
    }
    do {
      return try sampler.sample(count: count)
    } catch {
      throw .noise(error)
    }
  }
}
