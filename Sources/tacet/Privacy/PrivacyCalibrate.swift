import ArgumentParser
import Foundation
import TacetPrivacy

/// `tacet privacy calibrate`: what may be released on a budget.
struct PrivacyCalibrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate", abstract: "The clipping radius, or the noise scale, that fits a budget.",
    discussion: """
      The privacy unit is any-input, unless --unit says otherwise: any two inputs of a release are neighbours, so a release costs μ = 2R/S. What the noise
      tables add to delta counts in what fits: without --dimension, that of one number a release. With --dimension scales whose
      grid is too coarse for the vector (S < 8√k/μ) are marked, and one that is not is named.

      With --unit contribution what costs is a stream window of --steps releases, which one individual can move by
      --sensitivity: μ = Δ/S. The least noise scale that lasts for --windows windows is named. With --passages instead,
      epsilon is that of a trip: an individual that is counted so many times, once at each of so many devices, through
      a filter of norm --norm. What a passage may cost is named, μ = μ(trip)/√passages, and the least noise scale.

      EXAMPLES
        tacet privacy calibrate --epsilon 8 --delta 1e-6 --releases 24 --dimension 32
        tacet privacy calibrate --unit contribution --sensitivity 13 --epsilon 8 --delta 1e-6 --windows 7 --steps 2880
        tacet privacy calibrate --unit contribution --passages 4 --epsilon 8 --delta 1e-6
      """)

  @Option(help: "The budget's epsilon, above 0.")
  var epsilon: Double

  @Option(help: "The budget's delta, between 0 and 1.")
  var delta: Double

  @Option(help: "The privacy unit: any-input or contribution.")
  var unit: PrivacyUnit = .anyInput

  @Option(help: ArgumentHelp("How many releases it is to last for (any-input).", valueName: "n"))
  var releases: UInt64?

  @Option(
    help: ArgumentHelp("How far one individual can move a window, in grid units (contribution).", valueName: "Δ"))
  var sensitivity: Int?

  @Option(help: ArgumentHelp("How many stream windows it is to last for (contribution).", valueName: "n"))
  var windows: UInt64?

  @Option(help: ArgumentHelp("How many releases a window has (contribution).", valueName: "K"))
  var steps: Int?

  @Option(
    help: ArgumentHelp("How many passages of one individual count on a trip, each at another device.", valueName: "M"))
  var passages: UInt64?

  @Option(
    help: ArgumentHelp(
      "The norm of the filter that a trip's counts pass (default: that of privacy filter, \(CausalFilter.usualNorm)).",
      valueName: "H"))
  var norm: Int?

  @Option(
    help: ArgumentHelp("The largest squared norm of a passage of a trip (default: 1).", valueName: "b"))
  var bound: Int?

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
    try validateUnit()
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

  private func validateUnit() throws {
    switch unit {
    case .anyInput:
      guard sensitivity == nil, windows == nil, steps == nil, passages == nil, norm == nil, bound == nil else {
        throw ValidationError(
          "--sensitivity, --windows, --steps, --passages, --norm and --bound are of --unit contribution")
      }
      guard let releases, releases > 0 else { throw ValidationError("--releases is needed, 1 or more") }
    case .contribution:
      guard releases == nil else { throw ValidationError("--releases is of --unit any-input; give --windows") }
      guard passages == nil else { return try validateTrip() }
      guard norm == nil, bound == nil else { throw ValidationError("--norm and --bound go with --passages") }
      guard let windows, windows > 0, let sensitivity, let steps else {
        throw ValidationError(
          "--unit contribution needs --passages, or --sensitivity, --steps and --windows, each 1 or more")
      }
      do {
        _ = try StreamParameters(sensitivity: sensitivity, scale: NoiseScale.largest, steps: steps)
      } catch {
        throw ValidationError("--sensitivity, --steps: \(error)")
      }
    }
  }

  private func validateTrip() throws {
    guard sensitivity == nil, windows == nil else {
      throw ValidationError("--sensitivity and --windows do not go with --passages; give --norm and --bound")
    }
    guard (1...1_000_000).contains(passages ?? 0) else {
      throw ValidationError("--passages is \(passages ?? 0), allowed: 1 to 1000000")
    }
    do {
      _ = try StreamParameters(sensitivity: passageSensitivity, scale: NoiseScale.largest, steps: steps ?? 1)
    } catch {
      throw ValidationError("--norm, --bound, --steps: \(error)")
    }
  }

  /// Δ of one passage.
  private var passageSensitivity: Int {
    get throws(ContributionError) {
      try ContributionPlan.sensitivity(passages: 1, bound: bound ?? 1, norm: norm ?? CausalFilter.usualNorm)
    }
  }

  func run() async throws {
    switch unit {
    case .anyInput: try calibrateReleases()
    case .contribution where passages != nil: try calibrateTrip()
    case .contribution: try calibrateWindows()
    }
  }

  private func calibrateTrip() throws {
    let calibration = try StreamCalibration(
      epsilon: epsilon, delta: delta, sensitivity: passageSensitivity, windows: passages ?? 1, steps: steps ?? 1,
      dimension: dimension.map(UInt64.init), ledgers: .each)
    let report = TripCalibrationReport(
      calibration, norm: norm ?? CausalFilter.usualNorm, bound: bound ?? 1, options: try options(of: calibration))
    try common.print(report, text: report.text)
    if let reason = report.reason { throw nothingFits(reason) }
  }

  private func calibrateWindows() throws {
    let calibration = try StreamCalibration(
      epsilon: epsilon, delta: delta, sensitivity: sensitivity ?? 1, windows: windows ?? 1, steps: steps ?? 1,
      dimension: dimension.map(UInt64.init), ledgers: .one)
    let report = StreamCalibrationReport(calibration, options: try options(of: calibration))
    try common.print(report, text: report.text)
    if let reason = report.reason { throw nothingFits(reason) }
  }

  /// Those of the scales asked for that fit, or the least that does; the least first.
  private func options(of calibration: StreamCalibration) throws -> [StreamCalibration.Option] {
    let options =
      scale.isEmpty
      ? [try calibration.leastScale()].compactMap { $0 } : try scale.compactMap { try calibration.option(scale: $0) }
    return options.sorted { $0.parameters.scale < $1.parameters.scale }
  }

  private func nothingFits(_ reason: String) -> DoesNotHold {
    Diagnostics.error(reason)
    return DoesNotHold()
  }

  private func calibrateReleases() throws {
    let calibration = try Calibration(
      epsilon: epsilon, delta: delta, releases: releases ?? 1, dimension: dimension.map(UInt64.init))
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
    if options.isEmpty { throw nothingFits(report.reason ?? "nothing fits") }
    for warning in report.options.compactMap(\.warning) where common.format == .json { Diagnostics.note(warning) }
  }
}
