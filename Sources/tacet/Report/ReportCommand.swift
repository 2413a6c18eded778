import ArgumentParser
import Foundation
import TacetAudit
import TacetInference
import TacetMesh
import TacetPolicy

/// `tacet report`: what each ε buys with model packs, over a recording.
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "What each ε buys: the error of model packs against the noise of their releases.",
    discussion: """
      Forecasts the steps of a recording with each model pack, at the noise that the pack was trained for and at others, as a mesh of these
      packs would without a fault, and writes report.json and report.html: for each noise level μ, ε of all these steps, of a day, of one
      passage and of a trip, the mean absolute error beside that of the student, of the last value and of the mesh without noise, and the
      share of the gain over the student that is left; for each privacy unit what it hides and what it does not. No mesh is run, nothing is
      charged, and nothing leaves the process. The recording is a .npy file of unsigned 16-bit integers, [runs, bins, sites, features] of the
      packs' sensors.

      Without a policy one passage of an individual counts in a window, and a run of the recording is a window.

      Exit status 0 when the report was written; 64 for hours of less than a step; 65 when recording, packs and policy do not fit
      together or are malformed; 66 when one of them is missing; 69 without ONNX Runtime; 74 when the report cannot be written.

      EXAMPLES
        tacet report --recording test.npy --model packs/counts
        tacet report --recording test.npy --model packs/counts --model packs/activations --policy policy.yaml --hours 4 --out report
      """)

  @Option(
    help: ArgumentHelp(
      "What the sensors of all sites recorded, on hours that no pack was trained on.", valueName: "file"))
  var recording: String

  @Option(help: ArgumentHelp("A model pack's folder; up to \(Self.mostModels).", valueName: "dir"))
  var model: [String]

  @Option(
    help: ArgumentHelp(
      "The policy whose windows, bounds and δ hold for the packs of its privacy unit.", valueName: "file"))
  var policy: String?

  @Option(
    help: ArgumentHelp("How much of the recording to forecast, from its beginning (default: all).", valueName: "n"))
  var hours: Double?

  @Option(
    help: ArgumentHelp("δ of every ε (default: that of the policy's first budget, else 1e-6).", valueName: "δ"))
  var delta: Double?

  @Option(help: ArgumentHelp("The folder for report.json and report.html.", valueName: "dir"))
  var out: String = "report"

  @OptionGroup var common: CommonOptions

  private static let mostModels = 8

  func validate() throws {
    guard (1...Self.mostModels).contains(model.count) else {
      throw ValidationError("--model is given \(model.count) times, allowed: 1 to \(Self.mostModels)")
    }
    guard hours.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw ValidationError("--hours is \(hours ?? 0), allowed: a finite number above 0")
    }
    guard delta.map({ $0 > 0 && $0 < 1 }) ?? true else {
      throw ValidationError("--delta is \(delta ?? 0), allowed: a number strictly between 0 and 1")
    }
  }

  func run() async throws {
    let survey = try survey()
    let folder = try ReportFolder(URL(fileURLWithPath: out, isDirectory: true))
    let progress = ProgressBar(total: survey.stepsInAll, label: "forecasting")
    defer { progress.finish() }
    let report = try await Interruption.cancels {
      try await survey.report(version: TacetVersion.current) { progress.update($0) }
    }
    progress.finish()
    try folder.write(json: report.json(), html: report.html())
    try common.print(report, text: report.table())
  }

  private func survey() throws -> PriceSurvey {
    let policy = try self.policy.map { path in
      (name: URL(fileURLWithPath: path).lastPathComponent, policy: try Policy.load(from: URL(fileURLWithPath: path)))
    }
    let packs = try model.map { try ModelPack.load(from: URL(fileURLWithPath: $0, isDirectory: true)) }
    if let releases = policy?.policy.privacy.releases {
      for pack in packs where pack.manifest.unit == releases.mechanism.unit { try pack.require(releases) }
    }
    return try PriceSurvey(
      packs, over: SiteRecordings.load(from: URL(fileURLWithPath: recording)), policy: policy, delta: delta,
      hours: hours)
  }
}

extension PriceError: ReportedError {
  var exitStatus: ExitStatus {
    switch self {
    case .shorterThanAStep: .usage
    case .noise, .targets, .noPackOfUnit: .badInput
    }
  }
}

extension ReportFolderError: ReportedError {
  var exitStatus: ExitStatus { .inputOutput }
}
