import ArgumentParser
import Foundation
import TacetAudit
import TacetIdentity
import TacetInference
import TacetMesh
import TacetPolicy
import TacetTransport
import TacetWire

/// `tacet verify timing`: whether the replies of a running node give away what was asked of it.
struct VerifyTiming: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timing", abstract: "Look for leaks in the replies of a running node.",
    discussion: """
      Asks a node, in random order, everything that the identities given can: nothing (cover), a release, a question that it must compute,
      one that it knows, what the policy denies, bytes that are no message, a model that it does not have. From the
      sizes of the TLS records and from the times at this end of the wire it then tries to tell these classes apart, with
      several classifiers and tests. Each identity is judged by itself: who asks is no secret. A reply before the policy's deadline is
      a leak by itself.

      Exit status 0 when nothing tells the classes apart, 1 when something does or the exchanges are too few, 69 when the
      node cannot be reached, 77 when it refuses this certificate.

      Questions of a step need --schedule-start, the start of the node's schedule; releases also need --model. A release of noise is
      taken in by the node: use the camera of a site that is not in use.

      EXAMPLES
        tacet verify timing --target 127.0.0.1:4001 --expect gateway/gateway-1 --policy policy.yaml --identity controller
        tacet verify timing --target gw.example:4001 --expect gateway/gateway-1 --policy policy.yaml --identity camera \\
          --identity controller --model models/traffic --schedule-start 2026-01-31T12:00:00Z --exchanges 10000 --alpha 1e-6
      """)

  @Option(help: ArgumentHelp("The node's link door, as HOST:PORT.", valueName: "address"))
  var target: String

  @Option(help: ArgumentHelp("A folder written by `tacet ca issue`; may be repeated.", valueName: "dir"))
  var identity: [String]

  @Option(help: ArgumentHelp("Who must answer there: ROLE/NAME.", valueName: "id"))
  var expect: String

  @Option(help: ArgumentHelp("The policy that the node says it keeps.", valueName: "file"))
  var policy: String

  @Option(help: ArgumentHelp("For which site to speak (default: the name of the identity).", valueName: "name"))
  var site: String?

  @Option(help: ArgumentHelp("A model pack of the node, its first one first; may be repeated.", valueName: "dir"))
  var model: [String] = []

  @Option(
    help: ArgumentHelp("When the node's schedule started, as 2026-01-31T12:00:00Z.", valueName: "time"))
  var scheduleStart: String?

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "Only this class of exchanges; may be repeated (default: all that can be had).", valueName: "name"))
  var only: [String] = []

  @Option(
    help: ArgumentHelp(
      "Exchanges of each class, for each identity. Some are not compared: each connection gives equally many of each class.",
      valueName: "count"))
  var exchanges = 10_000

  @Option(
    help: ArgumentHelp("Connections of each identity (default: as many as it takes, else 4).", valueName: "count"))
  var connections: Int?

  @Option(help: ArgumentHelp("Revocation lists; may be repeated.", valueName: "file"))
  var crl: [String] = []

  @Option(help: ArgumentHelp("Proofs that the node's certificate is in the authority's log.", valueName: "dir"))
  var proofs: String?

  @Option(
    help: ArgumentHelp(
      "Write the class of each exchange, for `tacet verify wire --labels` on a capture.", valueName: "file"))
  var labelsOut: String?

  @OptionGroup var strictness: LeakOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (1...10_000_000).contains(exchanges) else { throw ValidationError("--exchanges is 1 to 10000000") }
    guard !identity.isEmpty else { throw ValidationError("--identity is missing") }
  }

  private struct Result: Encodable {
    let holds: Bool
    let verdict: LeakReport.Verdict
    let identities: [Judged]
  }

  /// What one identity found.
  fileprivate struct Judged: Encodable {
    let id: String
    /// What the node answered, by class.
    let answers: [String: [String: Int]]
    /// Replies that came before the policy's deadline: their moment was not set by it.
    let early: Int
    let report: LeakReport
  }

  func run() async throws {
    let probes = try await probes()
    let progress = ProgressBar(total: exchanges + 1, label: "asking")
    let settings = strictness.settings(parts: probes.count)
    let found = try await Interruption.cancels {
      try await withThrowingTaskGroup(of: (Int, [ProbedConnection]).self) { group in
        for (number, probe) in probes.enumerated() {
          group.addTask {
            (number, try await probe.probe.run { if number == 0 { progress.update($0) } })
          }
        }
        return try await group.reduce(into: [Int: [ProbedConnection]]()) { $0[$1.0] = $1.1 }
      }
    }
    progress.finish()
    let judged = probes.enumerated().map { number, probe in
      Self.judge(probe, found[number] ?? [], settings)
    }
    if let labelsOut { try Self.write(Array(found.values.joined()), to: labelsOut) }
    let verdict = LeakReport.Verdict.worst(of: judged.map(\.report.verdict))
    let text = judged.map(\.text).joined(separator: "\n\n")
    try common.print(Result(holds: verdict == .holds, verdict: verdict, identities: judged), text: text)
    if verdict != .holds { throw DoesNotHold() }
  }

  // MARK: Before

  private struct Prepared: Sendable {
    let id: String
    let classes: [ProbeClass]
    let probe: TimingProbe
    /// By the policy no reply comes earlier, in seconds.
    let deadline: Double
  }

  /// A probe for each identity; whatever is wrong ends here, before anything is sent.
  private func probes() async throws -> [Prepared] {
    guard let address = Endpoint(target), address.port > 0 else {
      throw UsageError("--target \(target) is no address: give HOST:PORT")
    }
    let policy = try Policy.load(from: URL(fileURLWithPath: self.policy))
    let trust = try PeerTrust(
      policy: policy, proofs: proofs.map { [ProofFolder(URL(fileURLWithPath: $0, isDirectory: true))] } ?? [])
    trust.revocations.replace(
      with: try crl.flatMap { try RevocationList.lists(contentsOf: URL(fileURLWithPath: $0)) })
    let models = try model.map { folder in
      let file = URL(fileURLWithPath: folder, isDirectory: true).appendingPathComponent("manifest.yaml")
      let manifest = try ModelManifest.load(from: file)
      return ProbeModel(name: manifest.model, dimension: manifest.cutDimension)
    }
    let start = try scheduleStart.map(Self.time)
    if let start, start > Date() {
      throw UsageError("the schedule of --schedule-start has not begun: there is no step yet to ask about")
    }
    let schedule = start.map { Schedule(start: $0, tick: policy.timing.tick, steps: nil, stepsPerRun: 1) }
    let codec = try MessageCodec(bytes: policy.message.bytes)
    var probes: [Prepared] = []
    for folder in identity {
      let identity = try await MeshIdentity.load(from: URL(fileURLWithPath: folder, isDirectory: true), trust: trust)
      let expecting = try SPIFFEID(trustDomain: trust.trustDomain, path: expect)
      let target = try ProbeTarget(address: address, expecting: expecting, codec: codec, identity: identity)
      probes.append(try prepare(target, policy: policy, models: models, schedule: schedule))
    }
    let asked = Set(probes.flatMap(\.classes).map(\.name))
    if let unknown = only.first(where: { !asked.contains($0) }) {
      throw UsageError("--class \(unknown) is nothing that an identity given can ask")
    }
    return probes
  }

  private func prepare(
    _ target: ProbeTarget, policy: Policy, models: [ProbeModel], schedule: Schedule?
  ) throws -> Prepared {
    let id = target.identity.svid.id
    let all = ProbeClass.all(for: id, policy: policy, models: models, knowsSchedule: schedule != nil)
    let classes = only.isEmpty ? all : all.filter { only.contains($0.name) }
    guard classes.count > 1 else {
      let known = all.map(\.name).joined(separator: ", ")
      throw UsageError("\(id.path) has \(classes.count) classes to tell apart, it takes two: it can have \(known)")
    }
    do {
      let plan = try ProbePlan(
        classes: classes, connections: connections, policy: policy)
      return Prepared(
        id: id.path, classes: classes,
        probe: TimingProbe(
          target: target, classes: classes, plan: plan, schedule: schedule, site: site ?? id.name, rounds: exchanges),
        deadline: policy.timing.deadline.seconds)
    } catch {
      throw UsageError("\(id.path): \(error)")
    }
  }

  private static func time(_ text: String) throws -> Date {
    do {
      return try Date(text, strategy: .iso8601)
    } catch {
      throw UsageError("\(text) is no time: give it as 2026-01-31T12:00:00Z")
    }
  }

  // MARK: After

  private static let nothing = "nothing"
  private static let noMessage = "no message"

  private static func judge(
    _ probe: Prepared, _ connections: [ProbedConnection], _ settings: LeakSettings
  ) -> Judged {
    let all = connections.flatMap(\.exchanges).filter { $0.label != nil }
    var answers: [String: [String: Int]] = [:]
    for exchange in all {
      let answer = exchange.status.map { "\($0)" } ?? (exchange.reply.isEmpty ? nothing : noMessage)
      answers[exchange.label ?? "", default: [:]][answer, default: 0] += 1
    }
    let exchanges = connections.flatMap { WireExchange.sequence($0.exchanges) }
    var report = LeakAssessment(exchanges: exchanges, settings: settings).report()
    let early = all.count { $0.arrival - $0.departure < probe.deadline }
    if early > 0 {
      report.verdict = .leaks
      report.reasons.append("\(early) of \(all.count) replies came before the policy's timing.deadline")
    }
    for reason in probe.classes.compactMap({ mislabelled($0, answers[$0.name] ?? [:]) }) {
      report.verdict = .worst(of: [report.verdict, .tooFew])
      report.reasons.append(reason)
    }
    return Judged(id: probe.id, answers: answers, early: early, report: report)
  }

  /// Of a class that was answered as something else nothing was learnt.
  /// - Parameter answers: how often each was had; `late`, or what is no message, says nothing of what was asked.
  /// - Returns: what to say where it is more than a tenth of them.
  private static func mislabelled(_ asked: ProbeClass, _ answers: [String: Int]) -> String? {
    let known = answers.filter { !["\(Message.Status.late)", noMessage, nothing].contains($0.key) }
    let all = known.values.reduce(0, +)
    guard let expected = asked.answer, all > 0, (known["\(expected)"] ?? 0) * 10 < all * 9 else { return nil }
    let counts = known.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    return "\(asked.name) should have been answered \(expected), and was: \(counts)"
  }

  private static func write(_ connections: [ProbedConnection], to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var lines = Data()
    for connection in connections {
      for (index, exchange) in connection.exchanges.enumerated() {
        lines += try encoder.encode(
          ExchangeLabel(
            client: connection.client, server: connection.server, door: "link", request: index, reply: index,
            class: exchange.label ?? ExchangeLabel.notCompared))
        lines.append(UInt8(ascii: "\n"))
      }
    }
    try lines.write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}

extension VerifyTiming.Judged {
  fileprivate var text: String {
    let rows = answers.sorted { $0.key < $1.key }.map { name, answers in
      let counts = answers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      return "  \(name): \(counts)"
    }
    return (["\(id)", "answers:"] + rows + [report.text]).joined(separator: "\n")
  }
}

extension WireExchange {
  /// A connection's exchanges with the distances between them.
  fileprivate static func sequence(_ probed: [ProbedExchange]) -> [WireExchange] {
    probed.indices.map { index in
      let exchange = probed[index]
      let before = index > 0 ? probed[index - 1] : nil
      return WireExchange(
        label: exchange.label, request: exchange.request, reply: exchange.reply,
        latency: exchange.arrival - exchange.departure, replyGap: before.map { exchange.arrival - $0.arrival },
        requestGap: before.map { exchange.departure - $0.departure })
    }
  }
}
