import Foundation
import TacetPrivacy

/// What a trip past several devices costs an individual, as commands print it.
struct TripReport: Encodable {
  let devices: UInt64
  let mu: Double
  /// Null where the accountant gives no finite value.
  let epsilon: Double?
  let delta: Double

  init(_ trip: TripCost) {
    devices = trip.devices
    mu = trip.mu
    epsilon = trip.epsilon.isFinite ? trip.epsilon : nil
    delta = trip.delta
  }

  /// One line for trips of which the first is past one device.
  static func text(_ trips: [TripReport]) -> String {
    guard let first = trips.first else { return "" }
    let one = "epsilon \(first.short) at delta \(first.delta)"
    let others = trips.dropFirst()
    guard !others.isEmpty else { return one }
    return "\(one), past \(others.map { "\($0.devices)" }.joined(separator: ", ")) such devices "
      + others.map(\.short).joined(separator: ", ")
  }

  private var short: String { epsilon.map { String(format: "%.4f", $0) } ?? "?" }
}
