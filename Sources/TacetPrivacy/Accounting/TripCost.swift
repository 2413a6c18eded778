/// What one individual's passing costs it at devices that are charged alike, or in as many windows of one: their noises are independent, so
/// that μ² adds up, and μ_trip = μ·√m.
public struct TripCost: Hashable, Sendable {
  /// How many devices it passes, m.
  public let devices: UInt64
  /// μ of all of them together, rounded up.
  public let mu: Double
  /// ε at ``delta``, rounded outward; infinite where the accountant cannot say.
  public let epsilon: Double
  /// δ.
  public let delta: Double

  /// How many devices a trip passes in reports: one, and some more.
  public static let usualDevices: [UInt64] = [1, 2, 4, 8]

  /// - Parameters:
  ///   - devices: how many devices, m.
  ///   - cost: μ² at each.
  ///   - delta: δ of ε.
  /// - Throws: `PrivacyParameterError.deltaOutOfRange`.
  public init(past devices: UInt64, cost: PrivacyCost, delta: Double) throws(PrivacyParameterError) {
    let sum = cost * devices
    epsilon = try GaussianAccountant.epsilon(cost: sum, delta: delta)
    (self.devices, mu, self.delta) = (devices, sum.mu, delta)
  }

  /// The costs of trips past ``usualDevices``; none where δ is out of range.
  public static func usual(cost: PrivacyCost, delta: Double) -> [TripCost] {
    usualDevices.compactMap { try? TripCost(past: $0, cost: cost, delta: delta) }
  }
}
