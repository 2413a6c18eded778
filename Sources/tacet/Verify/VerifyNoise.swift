public import ArgumentParser
import Foundation
import TacetAudit
import TacetPolicy
public import TacetPrivacy

/// `tacet verify noise`: whether what a policy has devices release tells more than it allows.
struct VerifyNoise: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "noise", abstract: "Attack the release mechanism of a policy.",
    discussion: """
      Runs the mechanism that devices run, with one individual (or a group that does the same) and without, at the places where that
      shows most: all passages at one step, at a window's end, over the cap, with one track again and again, over the bound, and into the next
      window. With the unit any-input it releases inputs as far apart as there are, and inputs that are no numbers. From the means and the
      covariance of what was released it estimates how well the best observer tells the two worlds apart, and compares that with
      what the policy allows; a second test assumes nothing of the noise. The noise itself is checked for its variance, for
      correlations and for repetition. Nothing is charged, and nothing leaves the process.

      Attacked is the noise table that devices draw from, or both where a ledger goes from the 64-bit to the 128-bit one before a budget
      is spent. A device without a budget for its lifetime comes to the 128-bit table some day: --precision 128 attacks it.

      Exit status 0 when it holds; 1 when it does not, or when so few trials could have missed an excess as large as the guarantee.

      EXAMPLES
        tacet verify noise --policy policy.yaml
        tacet verify noise --policy policy.yaml --dimension 6 --trials 200000 --format json
      """)

  @Option(help: ArgumentHelp("The policy whose releases are attacked.", valueName: "file"))
  var policy: String

  @Option(
    help: ArgumentHelp(
      "Trials of each world of each attack (default: \(Self.windows) windows, or \(Self.releases) releases with any-input).",
      valueName: "count"))
  var trials: Int?

  @Option(
    help: ArgumentHelp(
      "The probability that may be left of finding fault where there is none.", valueName: "probability"))
  var alpha = 1e-9

  @Option(help: ArgumentHelp("How many numbers a release has.", valueName: "k"))
  var dimension = 4

  @Option(
    help: ArgumentHelp(
      "A noise table to attack, 64 or 128; may be repeated (default: those that devices draw from).", valueName: "bits")
  )
  var precision: [NoisePrecision] = []

  @OptionGroup var common: CommonOptions

  private static let windows = 20_000
  private static let releases = 200_000

  func validate() throws {
    guard trials.map({ (1...10_000_000).contains($0) }) ?? true else {
      throw ValidationError("--trials is 1 to 10000000")
    }
    guard alpha >= 1e-100, alpha < 1 else { throw ValidationError("--alpha is from 1e-100 up to 1") }
    guard dimension > 0 else { throw ValidationError("--dimension is above 0") }
  }

  func run() async throws {
    let privacy = try Policy.load(from: URL(fileURLWithPath: policy)).privacy
    let audit = try audit(privacy)
    let settings = NoiseAudit.Settings(
      trials: trials ?? (privacy.unit == .contribution ? Self.windows : Self.releases), alpha: alpha)
    let progress = ProgressBar(total: audit.trialsInAll(settings), label: "attacking")
    let report = try await Interruption.cancels { try await audit.run(settings) { progress.update($0) } }
    progress.finish()
    try common.print(report, text: report.text)
    if !report.holds { throw DoesNotHold() }
  }

  private func audit(_ privacy: Policy.Privacy) throws -> NoiseAudit {
    let tables = [NoisePrecision.narrow, .wide].filter(precision.contains)
    let asked = tables.isEmpty ? nil : tables
    do {
      return try NoiseAudit(privacy, dimension: dimension, tables: asked)
    } catch {
      throw usage(error) ?? error
    }
  }

  /// What is wrong with the flags, if it is that.
  private func usage(_ error: NoiseAuditError) -> (any Error)? {
    guard case .dimensionOutOfRange(_, let most) = error else { return nil }
    return UsageError("--dimension is \(dimension), allowed with this policy: 1 to \(most)")
  }
}

extension NoisePrecision: ExpressibleByArgument {}

extension NoiseAuditError: ReportedError {
  var exitStatus: ExitStatus {
    switch self {
    case .dimensionOutOfRange: .usage
    case .numbers, .mechanism: .internalFault
    }
  }
}

extension ContributionError: ReportedError {
  /// Whatever a policy may not say was refused before: what is left is noise that cannot be drawn.
  var exitStatus: ExitStatus { .unavailable }
}

extension ReleaseError: ReportedError {
  var exitStatus: ExitStatus { .unavailable }
}
