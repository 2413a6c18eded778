import Foundation
import TacetPrivacy

/// What `privacy calibrate` prints: every choice, and the recommended one at the top.
struct CalibrationReport: Encodable {
  struct OptionReport: Encodable {
    let scale: Int
    let radius: Int
    let mu: Double
    let epsilon: Double
    let deltaSlack: Double
    let precision: UInt64
    let warning: String?
    /// Without a dimension `deltaSlack` is that of releases of one number.
    private let isPerNumber: Bool

    private enum CodingKeys: CodingKey {
      case scale, radius, mu, epsilon, deltaSlack, precision, warning
    }

    init(_ option: Calibration.Option, dimension: UInt64?, fineScale: Int?) {
      scale = option.parameters.scale
      radius = option.parameters.radius
      mu = option.parameters.cost.mu
      epsilon = option.epsilon
      deltaSlack = option.deltaSlack
      precision = option.precision.rawValue
      isPerNumber = dimension == nil
      let advice =
        fineScale.map { "use --scale \($0)" } ?? "no scale is fine enough; release fewer numbers, or fewer times"
      warning =
        option.isCoarse
        ? "scale \(scale) is too coarse for \(dimension ?? 0) numbers at μ = \(CalibrationReport.short(mu)): \(advice)"
        : nil
    }

    var text: String {
      "S = \(scale), R = \(radius): μ = \(CalibrationReport.short(mu)) a release, ε = \(CalibrationReport.short(epsilon)) in all; "
        + "\(precision)-bit table adds \(String(format: "%.1e", deltaSlack)) to δ"
        + (isPerNumber ? " for each number of a release" : "") + (warning.map { "\n  warning: \($0)" } ?? "")
    }
  }

  let unit = PrivacyUnit.anyInput.rawValue
  let requestedEpsilon: Double
  let delta: Double
  let releases: UInt64
  let dimension: UInt64?
  /// Of the recommended choice; absent when nothing fits.
  let radius: Int?
  let scale: Int?
  let mu: Double?
  let epsilon: Double?
  let options: [OptionReport]
  /// Why nothing fits.
  let reason: String?

  /// The recommended choice is the smallest scale that is fine enough, else the finest there is.
  init(_ calibration: Calibration, options: [Calibration.Option], fineScale: Int?) {
    requestedEpsilon = calibration.epsilon
    delta = calibration.delta
    releases = calibration.releases
    dimension = calibration.dimension
    self.options = options.map {
      OptionReport($0, dimension: calibration.dimension, fineScale: fineScale)
    }
    let best = self.options.first { $0.warning == nil } ?? self.options.last
    radius = best?.radius
    scale = best?.scale
    mu = best?.mu
    epsilon = best?.epsilon
    reason =
      options.isEmpty
      ? "not even R = 1 fits \(calibration.releases) times into ε = \(calibration.epsilon), δ = \(calibration.delta): "
        + "release less often or fewer numbers, or use a larger --scale" : nil
  }

  var text: String {
    if let reason { return reason }
    let head = "\(releases) releases within ε = \(requestedEpsilon), δ = \(delta):"
    return ([head] + options.map(\.text) + ["recommended: --radius \(radius ?? 0) --scale \(scale ?? 0)"])
      .joined(separator: "\n")
  }

  /// Six digits.
  static func short(_ value: Double) -> String { String(format: "%.6g", value) }
}
