import ArgumentParser
import Foundation
import TacetPrivacy

/// `tacet ledger charge`: charges one release, or a stream of them.
struct LedgerCharge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "charge", abstract: "Charge releases to the budget of a device.",
    discussion: """
      One release of the unit any-input costs μ² = (2R/S)². With --unit contribution one charge pays for a whole stream window of \
      --steps releases, which one individual can move by --sensitivity: μ² = (Δ/S)², however many the steps are. With --filter, \
      --passages and --bound instead, Δ² ≥ passages² · bound · Σ tap², the entry names what its sensitivity follows from, and \
      ledger verify computes it anew.

      With --input each line is {"release":ID}, with unit, radius, scale, sensitivity, filter ([10,6,4]), passages, bound, steps and \
      dimension of its own if it has them; each is answered by a line of JSON once it is durable on disk. A release that was charged before costs nothing more ("already_charged"): send \
      what was noised then, never noise it again. precision names the noise table to draw from, chosen by what it adds to \
      delta over so many numbers. Exit status 1 when a charge was denied.

      EXAMPLES
        tacet ledger charge --device camera/site-1 --radius 10 --scale 64 --dimension 6 --release morning
        tacet ledger charge --device camera/site-1 --unit contribution --sensitivity 13 --scale 16 --dimension 6 \
          --steps 2880 --release 2026-11-26
        tacet ledger charge --device camera/site-1 --unit contribution --filter 10,6,4,2,1 --passages 1 --bound 1 --scale 16 \
          --dimension 6 --steps 2880 --release 2026-11-27
      """)

  @OptionGroup var common: CommonOptions

  @OptionGroup var place: LedgerPlace

  @Option(help: "The device.")
  var device: String

  @Option(help: "The privacy unit: any-input or contribution.")
  var unit: PrivacyUnit = .anyInput

  @Option(help: "The clipping radius R in grid units (any-input).")
  var radius: Int?

  @Option(help: "The noise scale S in grid units.")
  var scale: Int?

  @Option(help: "How far one individual can move the window, in grid units (contribution).")
  var sensitivity: Int?

  @Option(
    help: ArgumentHelp(
      "The filter that the window's counts pass, whole numbers separated by commas (contribution).", valueName: "taps"))
  var filter: FilterTaps?

  @Option(
    help: ArgumentHelp("How many passages of one individual count in the window (with --filter).", valueName: "M"))
  var passages: Int?

  @Option(help: ArgumentHelp("The largest squared norm of a passage (with --filter).", valueName: "b"))
  var bound: Int?

  @Option(help: "How many releases the window has (contribution).")
  var steps: Int?

  @Option(help: "How many numbers a release has; the most there can be, unless it is given.")
  var dimension: Int = Releaser.largestDimension

  @Option(help: "The release's ID.")
  var release: String?

  @Option(help: "A file of JSON Lines, or - for standard input.")
  var input: String?

  func validate() throws {
    guard (release == nil) != (input == nil) else {
      throw ValidationError("give either --release or --input")
    }
    do {
      try fields.require(unit)
      try fields.requireOrigin()
    } catch {
      throw ValidationError("\(error)")
    }
    guard release == nil || isComplete else {
      throw ValidationError(
        unit == .anyInput
          ? "--release needs --radius and --scale"
          : "--release with --unit contribution needs --scale, --steps, and --sensitivity or --filter, --passages and --bound"
      )
    }
    guard (1...Releaser.largestDimension).contains(dimension) else {
      throw ValidationError("--dimension is \(dimension), allowed: 1 to \(Releaser.largestDimension)")
    }
  }

  private var fields: ChargeFields {
    ChargeFields(
      unit: unit, radius: radius, scale: scale, sensitivity: sensitivity, filter: filter?.taps, passages: passages,
      bound: bound, steps: steps, dimension: dimension)
  }

  private var isComplete: Bool {
    switch unit {
    case .anyInput: radius != nil && scale != nil
    case .contribution: (sensitivity != nil || filter != nil) && scale != nil && steps != nil
    }
  }

  func run() async throws {
    let ledger = try place.open(in: common, create: false)
    if let release {
      let charge = (release: release, mechanism: try mechanism(), dimension: dimension)
      guard let receipt = try await ledger.record(device: device, charges: [charge]).first else { return }
      let report = ReceiptReport(receipt)
      try common.print(report, text: report.text)
      if receipt.denial != nil { throw DoesNotHold() }
    } else if let input {
      var stream = ChargeStream(
        lines: try LineReader(path: input), name: input == "-" ? "standard input" : input, defaults: fields)
      if try await stream.charge(device, to: ledger) > 0 { throw DoesNotHold() }
    }
  }

  private func mechanism() throws -> Mechanism {
    do {
      return try fields.mechanism()
    } catch {
      throw LedgerFailure.usage("--radius, --sensitivity, --filter, --scale, --steps: \(error)")
    }
  }
}
