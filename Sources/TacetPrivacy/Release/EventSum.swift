/// What a device adds up over many windows of its sensor, one clipped vector for each, to be noised and released once.
///
/// Neighbours are two recordings that differ in whatever happened within one *event*, a stretch of time: the w-event
/// privacy of Kellaris, Papadopoulos, Xiao, Papadias 2014, "Differentially private event sequences over infinite streams".
/// An event reaches at most m windows; each adds a vector of L2 norm at most c, so that the sum moves by at most 2·c·m.
/// That is the diameter 2R of a release of radius R = c·m, by which it is charged: the ledger needs to know no more.
public struct EventSum: ~Copyable, Sendable {
  /// The public numbers of a sum.
  public struct Parameters: Hashable, Sendable {
    /// c: the L2 norm that no window's vector exceeds, in grid units.
    public let clip: Int
    /// m: how many windows one event reaches.
    public let reach: Int
    /// Radius c·m and noise scale: what a release of the sum is charged by.
    public let release: ReleaseParameters

    /// - Throws: ``PrivacyParameterError`` when c·m is no radius, or `scale` no noise scale.
    public init(clip: Int, reach: Int, scale: Int) throws(PrivacyParameterError) {
      guard clip >= 1, reach >= 1 else { throw .radiusOutOfRange(min(clip, reach)) }
      let (radius, overflowed) = clip.multipliedReportingOverflow(by: reach)
      release = try ReleaseParameters(radius: overflowed ? .max : radius, scale: scale)
      (self.clip, self.reach) = (clip, reach)
    }

    /// How many windows may be added before a sum could leave 16 bits.
    public var mostWindows: Int { Int(Int16.max) / clip }
  }

  /// What bounds each window.
  public let parameters: Parameters
  /// How many windows were added.
  public private(set) var windows = 0
  /// The last window that was added; nil before the first.
  public private(set) var lastWindow: Int?
  /// Before noise: stays where it is.
  private(set) var exact: [Int16]

  /// An empty sum.
  /// - Parameter dimension: how many numbers each vector has, from 1 to `Releaser.largestDimension`.
  /// - Throws: ``ReleaseError/dimensionOutOfRange(_:)``.
  public init(parameters: Parameters, dimension: Int) throws(ReleaseError) {
    guard (1...Releaser.largestDimension).contains(dimension) else { throw .dimensionOutOfRange(dimension) }
    self.parameters = parameters
    exact = [Int16](repeating: 0, count: dimension)
  }

  /// How many numbers there are.
  public var dimension: Int { exact.count }

  /// Adds what one window says.
  /// - Parameters:
  ///   - vector: in units of c: an L2 norm above 1 is scaled down to 1. What is not finite counts as zero.
  ///   - window: its place in time. A window counts once: it must come after the last.
  /// - Returns: whether it was added: not when it came before, was of another length, or after ``Parameters/mostWindows``.
  @discardableResult
  public mutating func add(_ vector: [Float], window: Int) -> Bool {
    guard vector.count == exact.count, windows < parameters.mostWindows, lastWindow.map({ window > $0 }) ?? true else {
      return false
    }
    var clipped = ClippedVector(vector, radius: parameters.clip)
    clipped.add(to: &exact)
    clipped.wipe()
    (windows, lastWindow) = (windows + 1, window)
    return true
  }

  /// The sum with fresh noise, saturated, as the sum is forgotten.
  fileprivate consuming func noised(precision: NoisePrecision) throws(ReleaseError) -> [Int16] {
    defer { SecretMemory.wipe(&exact) }
    var values: [Int16]
    do {
      values = try GaussianSampler.noise(parameters.release.noiseScale, precision: precision, count: exact.count)
    } catch {
      throw .noise(error)
    }
    ClippedVector.add(exact, to: &values)
    return values
  }
}

extension Releaser {
  /// Noises a sum once, with fresh noise, and uses up `reservation`, which must be for its parameters and dimension.
  /// - Throws: ``ReleaseError``; the charge is spent all the same, and the sum forgotten.
  public func release(
    _ sum: consuming EventSum, for reservation: consuming Reservation
  ) throws(ReleaseError) -> Release {
    guard sum.dimension == reservation.dimension else {
      throw .dimensionMismatch(expected: reservation.dimension, found: sum.dimension)
    }
    guard sum.parameters.release == reservation.parameters else {
      throw .parametersMismatch(expected: reservation.parameters.radius, found: sum.parameters.release.radius)
    }
    let values = try sum.noised(precision: reservation.precision)
    return Release(
      values: values, parameters: reservation.parameters, identifier: reservation.release, sanitised: 0)
  }

  /// What a release of `sum` would say, without a charge: for simulations in which nothing leaves the process.
  /// - Throws: ``ReleaseError``.
  package func uncharged(
    simulationOf sum: consuming EventSum, precision: NoisePrecision = .narrow
  ) throws(ReleaseError) -> [Int16] {
    try sum.noised(precision: precision)
  }

  /// The same without noise: what a simulation compares with.
  package static func noiseless(simulationOf sum: consuming EventSum) -> [Int16] { sum.exact }
}
