import ArgumentParser
import Foundation
import TacetAudit
import TacetInference
import TacetPolicy
import TacetRefresh

/// `tacet verify refresh`: what a refresh of the student is worth, and what lying devices do to it.
struct VerifyRefresh: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh", abstract: "Refresh a student over a recording, with lying devices and without.",
    discussion: """
      Devices have some runs of the recording, the aggregator's hold-out is others, and the error is measured on a third part, which neither
      has seen. All is done as nodes do it: sums clipped and noised, aggregated by the policy's rule, the step chosen on the hold-out. Then
      some of the devices lie, in each of the ways that are known. No mesh is run, nothing is charged, nothing leaves the process.

      Exit status 0 when the student is better without liars and, on the mean of the draws, no worse under each attack; 1 when it is not.

      EXAMPLES
        tacet verify refresh --model packs/counts --recording grown.npy --policy policy.yaml --every 230 --devices 0-7 --hold-out 8-9 --test 10-11
      """)

  @Option(help: ArgumentHelp("The model pack's folder.", valueName: "dir"))
  var model: String

  @Option(help: ArgumentHelp("What the sensors of all sites recorded.", valueName: "file"))
  var recording: String

  @Option(help: ArgumentHelp("The policy, with a section refresh.", valueName: "file"))
  var policy: String

  @Option(
    help: ArgumentHelp(
      "Steps of a round, in place of the policy's: for a recording of less than a round.", valueName: "n"))
  var every: Int?

  @Option(
    help: ArgumentHelp("The clip, in place of the policy's; the scale goes with it, so that μ stays.", valueName: "n"))
  var clip: Int?

  @Option(help: ArgumentHelp("The runs of the recording that devices have, from 0.", valueName: "first-last"))
  var devices: String

  @Option(help: ArgumentHelp("Those of the hold-out.", valueName: "first-last"))
  var holdOut: String

  @Option(help: ArgumentHelp("Those that the error is measured on.", valueName: "first-last"))
  var test: String

  @Option(help: ArgumentHelp("How many devices lie (default: the policy's refresh.byzantine).", valueName: "f"))
  var byzantine: Int?

  @Option(
    help: ArgumentHelp(
      "How often each is played, with noise of its own: a single draw may gain nothing by chance.", valueName: "n"))
  var draws = 5

  @Option(help: ArgumentHelp("Seeds lies that are drawn.", valueName: "number"))
  var seed: UInt64 = 1

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (1...1000).contains(draws) else { throw ValidationError("--draws is 1 to 1000") }
    guard byzantine.map({ $0 >= 0 }) ?? true else { throw ValidationError("--byzantine is 0 or more") }
    guard every.map({ $0 >= 1 }) ?? true else { throw ValidationError("--every is 1 or more") }
    guard clip.map({ $0 >= 1 }) ?? true else { throw ValidationError("--clip is 1 or more") }
    let parts = try [("--devices", devices), ("--hold-out", holdOut), ("--test", test)].map { flag, text in
      (flag: flag, runs: try Self.runs(text, flag))
    }
    for (place, part) in parts.enumerated() {
      for other in parts.dropFirst(place + 1) where part.runs.overlaps(other.runs) {
        throw ValidationError(
          "\(part.flag) and \(other.flag) have runs in common: nobody may see what another is judged by")
      }
    }
  }

  func run() async throws {
    let trial = try trial()
    let liars = try byzantine ?? refresh().aggregator.byzantine
    guard liars < trial.deviceCount else {
      throw UsageError("\(liars) of \(trial.deviceCount) devices cannot lie: lower --byzantine")
    }
    let survey = RefreshSurvey(trial, RefreshSurvey.Settings(liars: liars, draws: draws, seed: seed))
    let progress = ProgressBar(total: survey.piecesInAll, label: "refreshing")
    defer { progress.finish() }
    let report = try await Interruption.cancels { try survey.report { progress.update($0) } }
    progress.finish()
    try common.print(report, text: report.text)
    if !report.holds { throw DoesNotHold() }
  }

  private func refresh() throws -> Policy.Refresh {
    guard let refresh = try Policy.load(from: URL(fileURLWithPath: policy)).refresh else {
      throw UsageError("\(policy) has no section refresh: nobody refreshes anything under it")
    }
    return refresh
  }

  private func trial() throws -> RefreshTrial {
    let refresh = try refresh()
    return try RefreshTrial(
      model: ModelPack.load(from: URL(fileURLWithPath: model, isDirectory: true)),
      recordings: SiteRecordings.load(from: URL(fileURLWithPath: recording)),
      split: RefreshTrial.Split(
        devices: Self.runs(devices, "--devices"), holdOut: Self.runs(holdOut, "--hold-out"),
        test: Self.runs(test, "--test")),
      parameters: refresh.parameters.with(steps: every, clip: clip), aggregator: refresh.aggregator)
  }

  /// `3` or `0-7`.
  private static func runs(_ text: String, _ flag: String) throws -> Range<Int> {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first >= 0, last >= first,
      last < 1_000_000
    else { throw ValidationError("\(flag) is \(text), allowed: a run, or two as in 0-7") }
    return first..<(last + 1)
  }
}
