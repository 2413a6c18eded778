import ArgumentParser
import Foundation
import TacetPrivacy

/// `tacet privacy calibrate`: what may be released on a budget.
struct PrivacyCalibrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate", abstract: "The largest clipping radius at each noise scale that fits a budget.",
    discussion: """
      The privacy unit is any-input: any two inputs of a release are neighbours, so a release costs μ = 2R/S. What the noise
      tables add to delta counts in what fits: without --dimension, that of one number a release. With --dimension scales whose
      grid is too coarse for the vector (S < 8√k/μ) are marked, and one that is not is named.

      EXAMPLES
        tacet privacy calibrate --epsilon 8 --delta 1e-6 --releases 24 --dimension 32
      """)

  @Option(help: "The budget's epsilon, above 0.")
  var epsilon: Double

  @Option(help: "The budget's delta, between 0 and 1.")
  var delta: Double

  @Option(help: ArgumentHelp("How many releases it is to last for.", valueName: "n"))
  var releases: UInt64

  @Option(help: ArgumentHelp("How many numbers a release has.", valueName: "k"))
  var dimension: Int?

  @Option(
    help: ArgumentHelp(
      "A noise scale to look at; may be repeated (default: 8, 16, 32, 64, and one that is fine enough).", valueName: "S"
    ))
  var scale: [Int] = []

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard epsilon > 0, epsilon.isFinite else {
      throw ValidationError("--epsilon is \(epsilon), allowed: a finite number above 0")
    }
    guard delta > 0, delta < 1 else {
      throw ValidationError("--delta is \(delta), allowed: a number strictly between 0 and 1")
    }
    guard releases > 0 else { throw ValidationError("--releases is 0, allowed: 1 or more") }
    if let dimension, !(1...Releaser.largestDimension).contains(dimension) {
      throw ValidationError("--dimension is \(dimension), allowed: 1 to \(Releaser.largestDimension)")
    }
    for scale in scale {
      do {
        _ = try ReleaseParameters(radius: 1, scale: scale)
      } catch {
        throw ValidationError("--scale: \(error)")
      }
    }
  }

  func run() async throws {
    let calibration = try Calibration(
      epsilon: epsilon, delta: delta, releases: releases, dimension: dimension.map(UInt64.init))
    let fine = try calibration.fineScale()
    var scales = scale
    if scales.isEmpty {
      scales = ReleaseParameters.supportedScales
      if let fine, !scales.contains(fine) { scales.append(fine) }
    }
    var options: [Calibration.Option] = []
    for scale in scales {
      if let option = try calibration.option(scale: scale) { options.append(option) }
    }
    let report = CalibrationReport(calibration, options: options, fineScale: fine)
    try common.print(report, text: report.text)
    if options.isEmpty {
      Diagnostics.error(report.reason ?? "nothing fits")
      throw DoesNotHold()
    }
    for warning in report.options.compactMap(\.warning) where common.format == .json { Diagnostics.note(warning) }
  }
}
