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
  /// that are infinite or not a number count as zero. Throws when the dimension is out of range or noise cannot be
  /// drawn; the charge is spent all the same.
  public func release(
    _ activation: [Float], for reservation: consuming Reservation
  ) throws(ReleaseError) -> Release {
    let parameters = reservation.parameters
    guard (1...Self.largestDimension).contains(activation.count) else {
      throw .dimensionOutOfRange(activation.count)
    }
    var clipped = ClippedVector(activation, radius: parameters.radius)
    defer { clipped.wipe() }
    var noise = try Self.noise(scale: parameters.scale, count: activation.count)
    defer { SecretMemory.wipe(&noise) }
    let values = zip(clipped.values, noise).map { Int16(clamping: $0 + Int($1)) }
    return Release(
      values: values, parameters: parameters, identifier: reservation.release, sanitised: clipped.sanitised)
  }

  private static func noise(scale: Int, count: Int) throws(ReleaseError) -> [Int16] {
    let sampler: GaussianSampler
    do {
      sampler = try GaussianSampler(scale: scale)
    } catch {
      // `ReleaseParameters` admits only scales that have a table (a test holds them equal).
      preconditionFailure(error.description)
    }
    do {
      return try sampler.sample(count: count)
    } catch {
      throw .noise(error)
    }
  }
}
