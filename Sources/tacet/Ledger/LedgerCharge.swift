import ArgumentParser
import Foundation
import TacetPrivacy

/// `tacet ledger charge`: charges one release, or a stream of them.
struct LedgerCharge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "charge", abstract: "Charge releases to the budget of a device.",
    discussion: """
      With --input each line is {"release":ID}, with radius and scale of its own if it has them; each is answered by a line
      of JSON once it is durable on disk. A release that was charged before costs nothing more ("already_charged"): send \
      what was noised then, never noise it again. precision names the noise table to draw from, chosen by what it adds to \
      delta over so many numbers. Exit status 1 when a charge was denied.
      """)

  @OptionGroup var common: CommonOptions

  @OptionGroup var place: LedgerPlace

  @Option(help: "The device.")
  var device: String

  @Option(help: "The clipping radius R in grid units.")
  var radius: Int?

  @Option(help: "The noise scale S in grid units.")
  var scale: Int?

  @Option(help: "How many numbers are released; the most there can be, unless it is given.")
  var dimension: Int = Releaser.largestDimension

  @Option(help: "The release's ID.")
  var release: String?

  @Option(help: "A file of JSON Lines, or - for standard input.")
  var input: String?

  func validate() throws {
    guard (release == nil) != (input == nil) else {
      throw ValidationError("give either --release or --input")
    }
    guard release == nil || (radius != nil && scale != nil) else {
      throw ValidationError("--release needs --radius and --scale")
    }
    guard (1...Releaser.largestDimension).contains(dimension) else {
      throw ValidationError("--dimension is \(dimension), allowed: 1 to \(Releaser.largestDimension)")
    }
  }

  func run() async throws {
    let ledger = try place.open(in: common, create: false)
    if let release, let radius, let scale {
      let parameters = try parameters(radius, scale)
      guard let receipt = try await ledger.record(device: device, releases: [(release, parameters, dimension)]).first
      else {
        return
      }
      let report = ReceiptReport(receipt)
      try common.print(report, text: report.text)
      if receipt.denial != nil { throw DoesNotHold() }
    } else if let input {
      var stream = ChargeStream(
        lines: try LineReader(path: input), name: input == "-" ? "standard input" : input,
        defaults: .init(radius: radius, scale: scale, dimension: dimension))
      if try await stream.charge(device, to: ledger) > 0 { throw DoesNotHold() }
    }
  }

  private func parameters(_ radius: Int, _ scale: Int) throws -> ReleaseParameters {
    do {
      return try ReleaseParameters(radius: radius, scale: scale)
    } catch {
      throw LedgerFailure.usage("--radius, --scale: \(error)")
    }
  }
}
