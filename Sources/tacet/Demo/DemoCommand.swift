import ArgumentParser
import Foundation
import TacetAudit
import TacetDemo

/// `tacet demo`: the main job, end to end, on the fixtures.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Plays test hours of a city's traffic on a private inference mesh, and verifies its own claims.",
    discussion: """
      Starts eight sites and three gateways as processes on loopback, with certificates of a fresh CA. One gateway lies,
      one camera runs out of budget, two intruders try to join. Ends with a table, report.json and report.html; exits 1
      if a claim does not hold. The policy says what is released: counts of vehicles (Policies/traffic.yaml), or activations
      of which any two are neighbours (Policies/strict.yaml).

      EXAMPLES
        tacet demo --quick
        tacet demo --out report --policy Policies/strict.yaml
      """,
    subcommands: [DemoPlay.self, DemoIntruder.self], defaultSubcommand: DemoPlay.self)
}

/// `tacet demo [play]`.
struct DemoPlay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "play", abstract: "Plays the demo.")

  @Flag(help: "A short form: ends within a minute.")
  var quick = false

  @Option(help: ArgumentHelp("The policy (default: Policies/traffic.yaml of the project).", valueName: "file"))
  var policy: String?

  @Option(help: ArgumentHelp("The folder for report.json and report.html.", valueName: "dir"))
  var out: String = "report"

  @Option(
    help: ArgumentHelp(
      "The number of steps of 30 s to play (default: 540; quick: 120). Too few, and no camera runs out: that claim then fails.",
      valueName: "n"))
  var steps: Int?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (steps ?? 1) >= 1 else { throw ValidationError("--steps must be at least 1") }
  }

  func run() async throws {
    let project = try ProjectFolder.find()
    let options = DemoOptions(
      policy: policy.map { URL(fileURLWithPath: $0) } ?? project.appendingPathComponent("Policies/traffic.yaml"),
      models: DemoOptions.Models(
        anyInput: project.appendingPathComponent("Fixtures/models/traffic", isDirectory: true),
        contribution: project.appendingPathComponent("Fixtures/models/traffic-counts", isDirectory: true)),
      traffic: project.appendingPathComponent("Fixtures/traffic/test.npy"),
      changed: project.appendingPathComponent("Fixtures/traffic/grown.npy"),
      out: URL(fileURLWithPath: out, isDirectory: true),
      executable: try ProjectFolder.executable(),
      steps: steps ?? DemoOptions.steps(quick: quick))
    let bar = ProgressBar(total: options.steps, label: "playing")
    defer { bar.finish() }
    let report = try await Interruption.cancels { try await Demo.play(options) { bar.update($0) } }
    bar.finish()
    try common.print(report, text: report.table())
    guard report.holds else { throw DoesNotHold() }
  }
}
