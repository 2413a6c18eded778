import ArgumentParser
import Foundation
import TacetPolicy
import TacetPrivacy

/// `tacet privacy filter`: a causal filter for the unit `contribution`, in whole numbers.
struct PrivacyFilter: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filter", abstract: "A filter for counts, with the exact norm that it is charged by.",
    discussion: """
      Whole-number taps with Σ tap² ≤ H², H the --norm, and as near to H² as whole numbers come. One tap is the identity,
      --decay A has taps that fall as A^i, --workload designs the filter whose answers to the workload have the least error:

        steps: 120                                   # of the window
        queries:                                     # what is asked at each step
          - {sum: 20}                                # the counts of the last 20 steps
          - {weights: [1, 0.5, 0.25], importance: 2} # of this step's counts and those before it
        autocovariance: [9, 5.4, 3.2, 1.9]           # of a count and itself, one step later, two …; if it is known

      The error is the root mean square of what answers are off, in counts, when a passage has the given --mu: of the unbiased
      receiver, or of the best linear one where the autocovariance is given.

      EXAMPLES
        tacet privacy filter --taps 12 --decay 0.6
        tacet privacy filter --taps 16 --workload workload.yaml --mu 0.5 --format json
      """)

  @Option(help: ArgumentHelp("How many taps: 1 to \(CausalFilter.mostTaps).", valueName: "n"))
  var taps: Int

  @Option(help: ArgumentHelp("A workload file to design the filter for.", valueName: "file"))
  var workload: String?

  // Unconditional: a number below 0 looks like a flag.
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Taps that fall as the powers of this: -1 to 1.", valueName: "a"))
  var decay: Double?

  @Option(help: ArgumentHelp("What the square root of Σ tap² must not exceed.", valueName: "H"))
  var norm = CausalFilter.usualNorm

  @Option(help: ArgumentHelp("μ of one passage, for a workload's error (default: 1).", valueName: "mu"))
  var mu: Double?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard workload == nil || decay == nil else { throw ValidationError("give --workload or --decay, not both") }
    guard mu == nil || workload != nil else { throw ValidationError("--mu goes with --workload") }
    guard taps == 1 || workload != nil || decay != nil else {
      throw ValidationError("more than one tap needs --decay or --workload")
    }
    if let mu, !FilterDesign.mus.contains(mu) {
      throw ValidationError("--mu: \(ContributionError.muOutOfRange(mu))")
    }
    do {
      _ = try CausalFilter.exponential(count: taps, decay: decay ?? 0, norm: norm)
    } catch {
      throw ValidationError("--taps, --norm, --decay: \(error)")
    }
  }

  func run() async throws {
    let report: FilterReport
    if let workload {
      let workload = try FilterWorkload.load(from: URL(fileURLWithPath: workload))
      report = FilterReport(
        try FilterDesign(count: taps, norm: norm, mu: mu ?? 1, workload: workload), workload: workload, mu: mu ?? 1)
    } else {
      report = FilterReport(try .exponential(count: taps, decay: decay ?? 0, norm: norm), decay: decay)
    }
    try common.print(report, text: report.text)
  }
}
