/// What a device adds up over many windows of its sensor, one clipped vector for each, to be noised and released once.
///
/// Neighbours are two recordings that differ in whatever happened within one *event*, a stretch of time: the w-event
/// privacy of Kellaris, Papadopoulos, Xiao, Papadias 2014, "Differentially private event sequences over infinite streams".
/// An event reaches at most m windows; each adds a vector of L2 norm at most c, so that the sum moves by at most 2·c·m for an event, and
/// by Δ = 2·c·m·p for the p events, at most, of one individual.
///
/// It is charged under the unit `contribution`, by Δ: an individual with no more passages than p while the sum is made, each no longer
/// than an event, is hidden, there or not. Nothing enforces that: a sum of what a sensor shows knows no individuals. It would be wrong to
/// charge it as `any-input`: a change of all that the device saw moves the sum by more.
public struct EventSum: ~Copyable, Sendable {
  /// The public numbers of a sum.
  public struct Parameters: Hashable, Sendable {
    /// c: the L2 norm that no window's vector exceeds, in grid units.
    public let clip: Int
    /// m: how many windows one event reaches.
    public let reach: Int
    /// p: how many events one individual has in a sum.
    public let passages: Int
    /// Sensitivity 2·c·m·p, noise scale, one release: what a release of the sum is charged by.
    public let window: StreamParameters

    /// - Throws: ``PrivacyParameterError`` when 2·c·m·p is no sensitivity, c no radius, or `scale` no noise scale.
    public init(clip: Int, reach: Int, passages: Int = 1, scale: Int) throws(PrivacyParameterError) {
      guard (1...ReleaseParameters.largestRadius).contains(clip) else { throw .radiusOutOfRange(clip) }
      let most = StreamParameters.largestSensitivity
      // Each is at most 2¹⁵, so that their product is below 2⁴⁶.
      guard (1...most).contains(reach) else { throw .streamSensitivityOutOfRange(reach) }
      guard (1...most).contains(passages) else { throw .streamSensitivityOutOfRange(passages) }
      let sensitivity = 2 * clip * reach * passages
      window = try StreamParameters(sensitivity: sensitivity, scale: scale, steps: 1)
      (self.clip, self.reach, self.passages) = (clip, reach, passages)
    }

    /// μ² of one event alone: what an individual loses that passes once.
    public var eventCost: PrivacyCost { PrivacyCost(sensitivity: 2 * clip * reach, scale: window.noiseScale) }

    /// How many windows may be added before a sum could leave 16 bits.
    public var mostWindows: Int { Int(Int16.max) / clip }
  }

  /// What bounds each window.
  public let parameters: Parameters
  /// How many windows were added.
  public private(set) var windows = 0
  /// The last window that was added; nil before the first.
  public private(set) var lastWindow: Int?
  private let sum: SecretNumbers

  /// An empty sum.
  /// - Parameter dimension: how many numbers each vector has, from 1 to `Releaser.largestDimension`.
  /// - Throws: ``ReleaseError/dimensionOutOfRange(_:)``.
  public init(parameters: Parameters, dimension: Int) throws(ReleaseError) {
    guard (1...Releaser.largestDimension).contains(dimension) else { throw .dimensionOutOfRange(dimension) }
    self.parameters = parameters
    sum = SecretNumbers(count: dimension)
  }

  /// How many numbers there are.
  public var dimension: Int { sum.values.count }

  /// Before noise: stays where it is. A copy, which nobody wipes: for simulations and tests.
  package var exact: [Int16] { Array(sum.values) }

  /// Adds what one window says.
  /// - Parameters:
  ///   - vector: in units of c: an L2 norm above 1 is scaled down to 1. What is not finite counts as zero.
  ///   - window: its place in time. A window counts once: it must come after the last.
  /// - Returns: whether it was added: not when it came before, was of another length, or after ``Parameters/mostWindows``.
  @discardableResult
  public mutating func add(_ vector: [Float], window: Int) -> Bool {
    guard vector.count == dimension, windows < parameters.mostWindows, lastWindow.map({ window > $0 }) ?? true else {
      return false
    }
    var clipped = ClippedVector(vector, radius: parameters.clip)
    clipped.add(to: sum.values)
    clipped.wipe()
    (windows, lastWindow) = (windows + 1, window)
    return true
  }

  /// The sum with fresh noise, saturated, as the sum is forgotten.
  fileprivate consuming func noised(precision: NoisePrecision) throws(ReleaseError) -> [Int16] {
    var values: [Int16]
    do {
      values = try GaussianSampler.noise(parameters.window.noiseScale, precision: precision, count: dimension)
    } catch {
      throw .noise(error)
    }
    values.withUnsafeMutableBufferPointer { ClippedVector.add(UnsafeBufferPointer(sum.values), to: $0) }
    return values
  }
}

/// The right to release one sum: proof that its charge is durable.
///
/// Only the ledger makes one, after the charge is on disk. It cannot be copied, so a charge pays for one release.
public struct EventReservation: ~Copyable, Sendable {
  /// The device whose budget was charged.
  public let device: String
  /// The release ID that was charged.
  public let release: String
  /// The index of the charge in the ledger's log.
  public let index: UInt64
  /// What was paid for.
  public let parameters: EventSum.Parameters
  /// How many numbers may be released.
  public let dimension: Int
  /// The table that the noise must be drawn from.
  public let precision: NoisePrecision

  /// For the ledger alone, and only once the charge is durable.
  package init(
    device: String, release: String, index: UInt64, parameters: EventSum.Parameters, dimension: Int,
    precision: NoisePrecision
  ) {
    self.device = device
    self.release = release
    self.index = index
    self.parameters = parameters
    self.dimension = dimension
    self.precision = precision
  }
}

extension EventSum {
  /// Releases the sum once, with fresh noise, and uses up sum and `reservation`, which must be for its parameters and dimension.
  /// - Returns: in grid units, saturated.
  /// - Throws: ``ReleaseError``; the charge is spent all the same, and the sum forgotten.
  public consuming func release(for reservation: consuming EventReservation) throws(ReleaseError) -> [Int16] {
    let (parameters, dimension) = (parameters, dimension)
    guard dimension == reservation.dimension else {
      throw .dimensionMismatch(expected: reservation.dimension, found: dimension)
    }
    guard parameters == reservation.parameters else {
      throw .parametersMismatch(
        expected: reservation.parameters.window.sensitivity, found: parameters.window.sensitivity)
    }
    return try noised(precision: reservation.precision)
  }

  /// What a release of the sum would say, without a charge: for simulations in which nothing leaves the process.
  /// - Throws: ``ReleaseError``.
  package consuming func uncharged(precision: NoisePrecision = .narrow) throws(ReleaseError) -> [Int16] {
    try noised(precision: precision)
  }
}
