import Foundation
import TacetPrivacy

/// What `privacy calibrate --unit contribution` prints: the scales that fit, and the least at the top.
struct StreamCalibrationReport: Encodable {
  struct OptionReport: Encodable {
    let scale: Int
    let mu: Double
    let epsilon: Double
    let deltaSlack: Double
    let precision: UInt64

    init(_ option: StreamCalibration.Option) {
      scale = option.parameters.scale
      mu = option.window.mu
      epsilon = option.all.epsilon
      deltaSlack = option.deltaSlack
      precision = option.precision.rawValue
    }
  }

  let unit = PrivacyUnit.contribution.rawValue
  let requestedEpsilon: Double
  let delta: Double
  let sensitivity: Int
  let windows: UInt64
  let steps: Int
  let dimension: UInt64?
  /// Of the recommended choice, the one with the least noise; absent when nothing fits.
  let scale: Int?
  let mu: Double?
  let epsilon: Double?
  let options: [OptionReport]
  /// Why nothing fits.
  let reason: String?

  init(_ calibration: StreamCalibration, options: [StreamCalibration.Option]) {
    requestedEpsilon = calibration.epsilon
    delta = calibration.delta
    sensitivity = calibration.sensitivity
    windows = calibration.windows
    steps = calibration.steps
    dimension = calibration.dimension
    self.options = options.map(OptionReport.init)
    let best = self.options.first
    (scale, mu, epsilon) = (best?.scale, best?.mu, best?.epsilon)
    reason =
      options.isEmpty
      ? "no scale fits sensitivity \(calibration.sensitivity) \(calibration.windows) times into ε = \(calibration.epsilon), "
        + "δ = \(calibration.delta): take a shorter filter, fewer passages or fewer windows" : nil
  }

  var text: String {
    if let reason { return reason }
    let head =
      "\(windows) windows of \(steps) steps at sensitivity \(sensitivity) within ε = \(requestedEpsilon), δ = \(delta):"
    return ([head] + options.map(line) + ["recommended: --scale \(scale ?? 0)"]).joined(separator: "\n")
  }

  private func line(_ option: OptionReport) -> String {
    "S = \(option.scale): μ = \(CalibrationReport.short(option.mu)) a window, ε = \(CalibrationReport.short(option.epsilon)) in all; "
      + "\(option.precision)-bit table adds \(String(format: "%.1e", option.deltaSlack)) to δ"
      + (dimension == nil ? " for each number of a release" : "")
  }
}
