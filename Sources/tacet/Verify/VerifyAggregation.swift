import ArgumentParser
import Foundation
import TacetAudit
import TacetInference
import TacetPolicy
import TacetTrust

/// `tacet verify aggregation`: what lying gateways do to forecasts, for each rule and attack.
struct VerifyAggregation: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aggregation", abstract: "Attack the rule by which answers of several gateways become one.",
    discussion: """
      Plays a recording through a model pack with several gateways, of which some lie in each of the ways that are known, and prints the
      error of the forecasts for each rule, attack and number of liars, beside that of the student and of a mesh without liars. Honest
      gateways differ in the releases that each has missed (--missed). A forecast for which a rule refuses the answers that are left is
      the student's.

      With a policy the verdict rests on its own rule with as many liars as it trims, among as many gateways as it asks
      (aggregation.redundancy) and with the noise of its releases; the loss it allows is aggregation.loss. Without one it
      rests on the rules named by --rules, or on all but the mean.

      Exit status 0 when the error stays within the allowed loss under every attack; 1 when it does not.

      EXAMPLES
        tacet verify aggregation --model packs/counts --recording test.npy --policy policy.yaml
        tacet verify aggregation --model packs/counts --recording test.npy --byzantine 1 --byzantine 2 --rules median,krum
      """)

  @Option(help: ArgumentHelp("The model pack's folder.", valueName: "dir"))
  var model: String

  @Option(
    help: ArgumentHelp(
      "What the sensors of all sites recorded, on hours that no pack was trained on.", valueName: "file"))
  var recording: String

  @Option(help: ArgumentHelp("The policy whose rule is judged.", valueName: "file"))
  var policy: String?

  @Option(
    help: ArgumentHelp(
      "How many gateways lie; may be repeated (default: what the policy trims, else 1).", valueName: "f")
  )
  var byzantine: [Int] = []

  @Option(
    help: ArgumentHelp(
      """
      How many gateways answer (default: the policy's redundancy; else 3f + 1 with a policy, the fewest that stand f liars of which \
      any may be silent, and 3f + 3 without, the fewest for Krum).
      """, valueName: "n"))
  var gateways: Int?

  @Option(help: ArgumentHelp("Rules, separated by commas (default: all that need no --radius).", valueName: "names"))
  var rules: String?

  @Option(
    help: ArgumentHelp(
      "Attacks, separated by commas (default: all): \(AggregationAttacks.all.map(\.name).joined(separator: ", ")).",
      valueName: "names"))
  var attacks: String?

  @Option(help: ArgumentHelp("For centred-clipping: the distance that counts in full.", valueName: "length"))
  var radius: Double?

  @Flag(help: "Mix nearest neighbours before each rule but the policy's.")
  var mix = false

  @Option(help: ArgumentHelp("Steps of the recording, from its beginning.", valueName: "count"))
  var steps = 120

  @Option(help: ArgumentHelp("The probability that a gateway missed a release.", valueName: "probability"))
  var missed = 0.1

  @Option(
    help: ArgumentHelp(
      "How much larger the error may be than without liars, as a share (default: the policy's, else \(Self.usualLoss)).",
      valueName: "share"))
  var loss: Double?

  @Option(help: ArgumentHelp("Seeds what is missed, and lies that are drawn.", valueName: "number"))
  var seed: UInt64 = 1

  @OptionGroup var common: CommonOptions

  private static let usualLoss = 0.1
  private static let mostGateways = 1000

  func validate() throws {
    guard (1...1_000_000).contains(steps) else { throw ValidationError("--steps is 1 to 1000000") }
    guard (0..<1).contains(missed) else { throw ValidationError("--missed is from 0 up to 1") }
    guard loss.map({ $0 >= 0 && $0.isFinite }) ?? true else { throw ValidationError("--loss is 0 or more") }
    guard byzantine.allSatisfy({ (0...Self.mostGateways).contains($0) }) else {
      throw ValidationError("--byzantine is 0 to \(Self.mostGateways)")
    }
    guard gateways.map({ (1...Self.mostGateways).contains($0) }) ?? true else {
      throw ValidationError("--gateways is 1 to \(Self.mostGateways)")
    }
    _ = try chosenRules()
    _ = try chosenAttacks()
  }

  func run() async throws {
    let policy = try policy.map { try Policy.load(from: URL(fileURLWithPath: $0)) }
    let pack = try ModelPack.load(from: URL(fileURLWithPath: model, isDirectory: true))
    if let releases = policy?.privacy.releases { try pack.require(releases) }
    let survey = try AggregationSurvey(
      pack, over: SiteRecordings.load(from: URL(fileURLWithPath: recording)), subjects: try subjects(policy),
      attacks: try chosenAttacks(), try settings(policy))
    let progress = ProgressBar(total: survey.piecesInAll, label: "lying")
    defer { progress.finish() }
    let report = try await Interruption.cancels { try await survey.report { progress.update($0) } }
    progress.finish()
    try common.print(report, text: report.text)
    if !report.holds { throw DoesNotHold() }
  }

  // MARK: What is tried

  private func liars(_ policy: Policy?) -> [Int] {
    byzantine.isEmpty ? [policy?.aggregation.trim ?? 1] : byzantine
  }

  private func settings(_ policy: Policy?) throws -> AggregationSurvey.Settings {
    let most = (liars(policy) + [policy?.aggregation.trim ?? 0]).max() ?? 0
    let gateways = gateways ?? policy?.aggregation.redundancy ?? 3 * most + (policy == nil ? 3 : 1)
    guard most < gateways else {
      throw UsageError("\(most) of \(gateways) gateways cannot lie: give more --gateways, or fewer --byzantine")
    }
    return AggregationSurvey.Settings(
      gateways: gateways, steps: steps, missed: missed, loss: loss ?? policy?.aggregation.loss ?? Self.usualLoss,
      seed: seed, noise: policy.map { .releases($0.privacy.releases) } ?? .none)
  }

  /// The policy's rule with its own number of liars, then the others.
  private func subjects(_ policy: Policy?) throws -> [AggregationSurvey.Subject] {
    var subjects: [AggregationSurvey.Subject] = []
    if let trim = policy?.aggregation.trim {
      let own = try Aggregator(rule: .trimmedMean(trim: trim), byzantine: trim)
      subjects.append(AggregationSurvey.Subject(own, liars: trim, decides: true))
    }
    for liars in liars(policy) {
      for name in try chosenRules() {
        let decides = policy == nil && (rules != nil || name != .mean)
        let aggregator = try aggregator(name, liars)
        guard !subjects.contains(where: { $0.aggregator == aggregator && $0.liars == liars }) else { continue }
        subjects.append(AggregationSurvey.Subject(aggregator, liars: liars, decides: decides))
      }
    }
    return subjects
  }

  private func aggregator(_ name: AggregationRule.Name, _ liars: Int) throws -> Aggregator {
    let rule = AggregationRule.usual(name, byzantine: liars, radius: radius ?? 1)
    // The mean is asked to stand none, so that it can be seen to fail.
    return try Aggregator(rule: rule, mixing: mix ? liars : nil, byzantine: name == .mean ? 0 : liars)
  }

  private func chosenRules() throws -> [AggregationRule.Name] {
    guard let rules else { return AggregationRule.Name.allCases.filter { $0 != .centredClipping || radius != nil } }
    let names = try AggregationRule.Name.list(rules, flag: "--rules")
    guard radius != nil || !names.contains(.centredClipping) else {
      throw ValidationError("centred-clipping needs --radius: about the honest vectors' distance from each other")
    }
    return names
  }

  private func chosenAttacks() throws -> [any AggregationAttack] {
    guard let attacks else { return AggregationAttacks.all }
    return try attacks.split(separator: ",").map { word in
      guard let attack = AggregationAttacks.all.first(where: { $0.name == word }) else {
        throw ValidationError(
          "--attacks has \"\(word)\", allowed: \(AggregationAttacks.all.map(\.name).joined(separator: ", "))")
      }
      return attack
    }
  }
}
