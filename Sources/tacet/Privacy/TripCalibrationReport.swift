import Foundation
import TacetPrivacy

/// What `privacy calibrate --unit contribution --passages M` prints: what a passage may cost, and the scales that keep it.
struct TripCalibrationReport: Encodable {
  struct OptionReport: Encodable {
    let scale: Int
    let muPerPassage: Double
    let epsilonPerPassage: Double
    let muPerTrip: Double
    let epsilonPerTrip: Double
    let deltaSlack: Double
    let precision: UInt64

    init(_ option: StreamCalibration.Option) {
      scale = option.parameters.scale
      muPerPassage = option.window.mu
      epsilonPerPassage = option.window.epsilon
      muPerTrip = option.all.mu
      epsilonPerTrip = option.all.epsilon
      deltaSlack = option.deltaSlack
      precision = option.precision.rawValue
    }
  }

  let unit = PrivacyUnit.contribution.rawValue
  let requestedEpsilon: Double
  let delta: Double
  let passages: UInt64
  let norm: Int
  let bound: Int
  let sensitivity: Int
  let steps: Int
  let dimension: UInt64?
  /// The largest μ of a passage, with exact noise, whatever the scale.
  let largestMu: Double
  /// Of the recommended choice, the one with the least noise; absent when nothing fits.
  let scale: Int?
  let muPerPassage: Double?
  let epsilonPerPassage: Double?
  let muPerTrip: Double?
  let epsilonPerTrip: Double?
  let options: [OptionReport]
  /// Why nothing fits.
  let reason: String?

  init(_ calibration: StreamCalibration, norm: Int, bound: Int, options: [StreamCalibration.Option]) {
    requestedEpsilon = calibration.epsilon
    delta = calibration.delta
    passages = calibration.windows
    (self.norm, self.bound, sensitivity) = (norm, bound, calibration.sensitivity)
    steps = calibration.steps
    dimension = calibration.dimension
    largestMu = calibration.largestMu
    self.options = options.map(OptionReport.init)
    let best = self.options.first
    scale = best?.scale
    (muPerPassage, epsilonPerPassage) = (best?.muPerPassage, best?.epsilonPerPassage)
    (muPerTrip, epsilonPerTrip) = (best?.muPerTrip, best?.epsilonPerTrip)
    reason =
      options.isEmpty
      ? "no scale fits sensitivity \(calibration.sensitivity) \(calibration.windows) times into ε = \(calibration.epsilon), "
        + "δ = \(calibration.delta): take a filter of smaller norm, a smaller bound or fewer passages" : nil
  }

  var text: String {
    if let reason { return reason }
    let head =
      "a trip of \(passages) passages within ε = \(requestedEpsilon), δ = \(delta): "
      + "μ of a passage at most \(CalibrationReport.short(largestMu))"
    return ([head] + options.map(line) + ["recommended: --scale \(scale ?? 0) for a filter of norm \(norm)"])
      .joined(separator: "\n")
  }

  private func line(_ option: OptionReport) -> String {
    func short(_ value: Double) -> String { CalibrationReport.short(value) }
    return "S = \(option.scale): a passage μ = \(short(option.muPerPassage)), ε = \(short(option.epsilonPerPassage)); "
      + "the trip μ = \(short(option.muPerTrip)), ε = \(short(option.epsilonPerTrip)); "
      + "\(option.precision)-bit tables add \(String(format: "%.1e", option.deltaSlack)) to δ"
      + (dimension == nil ? " for each number of a release" : "")
  }
}
