/// Clips, quantises and noises an activation that has been paid for.
///
/// The release is a post-processing of a Gaussian mechanism of sensitivity 2R and scale S, so that μ² = 4R²/S².
public struct Releaser: Sendable {
  /// The most elements an activation may have.
  public static let largestDimension = 1 << 24

  /// A releaser keeps nothing between releases.
  public init() {}

  /// Noises `activation` once, with fresh noise, and uses up `reservation`.
  ///
  /// Elements are in units of the clipping radius: an L2 norm above 1 is scaled down to 1, one below stays. Elements
  /// that are infinite or not a number count as zero. Throws when there are not as many elements as were paid for, or noise
  /// cannot be drawn; the charge is spent all the same.
  public func release(
    _ activation: [Float], for reservation: consuming Reservation
  ) throws(ReleaseError) -> Release {
    guard activation.count == reservation.dimension else {
      throw .dimensionMismatch(expected: reservation.dimension, found: activation.count)
    }
    let (values, sanitised) = try Self.noised(
      activation, parameters: reservation.parameters, precision: reservation.precision)
    return Release(
      values: values, parameters: reservation.parameters, identifier: reservation.release, sanitised: sanitised)
  }

  /// What a release of `activation` would say, without a charge: for simulations in which nothing leaves the process.
  ///
  /// - Throws: ``ReleaseError``.
  package func uncharged(
    simulationOf activation: [Float], parameters: ReleaseParameters, precision: NoisePrecision = .narrow
  ) throws(ReleaseError) -> [Int16] {
    guard (1...Self.largestDimension).contains(activation.count) else {
      throw .dimensionOutOfRange(activation.count)
    }
    return try Self.noised(activation, parameters: parameters, precision: precision).values
  }

  private static func noised(
    _ activation: [Float], parameters: ReleaseParameters, precision: NoisePrecision
  ) throws(ReleaseError) -> (values: [Int16], sanitised: Int) {
    var clipped = ClippedVector(activation, radius: parameters.radius)
    defer { clipped.wipe() }
    var values = try noise(parameters.noiseScale, precision: precision, count: activation.count)
    clipped.add(to: &values)
    return (values, clipped.sanitised)
  }

  private static func noise(
    _ scale: NoiseScale, precision: NoisePrecision, count: Int
  ) throws(ReleaseError) -> [Int16] {
    do {
      return try GaussianSampler.noise(scale, precision: precision, count: count)
    } catch {
      throw .noise(error)
    }
  }
}
