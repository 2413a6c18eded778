import Foundation
import Subprocess
import TacetMesh
import TacetPolicy
import TacetTransport

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// One playing of the demo: every node an operating-system process, from the first gateway up to the last one stopped.
///
/// All processes are children of one task group: an error or a cancellation stops every one of them.
struct Performance: Sendable {
  /// What was seen from outside.
  struct Record: Sendable {
    let start: Date
    let end: Date
    let intruders: [Attempt]
  }

  /// An intruder's attempt on a gateway.
  struct Attempt: Codable, Sendable {
    let name: String
    let tried: String
    /// What the gateway should have counted it under.
    let expectedReason: String
    let outcome: Intruder.Outcome
  }

  /// What a child task came back with.
  private enum Event: Sendable {
    case gatewayEnded
    case siteEnded
    case intruders([Attempt])
  }

  private static let lead: TimeInterval = 5

  let stage: Stage
  private let readiness = Readiness()

  init(stage: Stage) {
    self.stage = stage
  }

  /// Plays to the end of the schedule. `progress` gets the number of steps whose time has come.
  func play(progress: @escaping @Sendable (Int) -> Void) async throws -> Record {
    let start = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 + Self.lead).rounded(.up))
    let schedule = Schedule(
      start: start, tick: stage.policy.timing.tick, steps: stage.options.steps, stepsPerRun: stage.stepsPerRun)
    let intruders = try await withThrowingTaskGroup(of: Event.self) { group in
      for gateway in stage.gateways {
        group.addTask { try await self.run(gateway: gateway, start: start) }
      }
      for site in stage.sites {
        group.addTask { try await self.run(site: site, start: start) }
      }
      group.addTask { .intruders(try await self.intrude(halfwayOf: schedule)) }
      let clock = Task { try await Self.tell(progress, of: schedule) }
      defer { clock.cancel() }
      return try await conclude(&group)
    }
    return Record(start: start, end: Date(), intruders: intruders)
  }

  /// Waits for all sites and the intruders, then stops the gateways, which would go on for ever.
  private func conclude(_ group: inout ThrowingTaskGroup<Event, any Error>) async throws -> [Attempt] {
    var playing = stage.sites.count
    var attempts: [Attempt]?
    while playing > 0 || attempts == nil {
      switch try await group.next() {
      case .siteEnded: playing -= 1
      case .intruders(let made): attempts = made
      case .gatewayEnded, nil: throw DemoError(.unavailable, "a gateway ended before its time")
      }
    }
    group.cancelAll()
    while let outcome = await group.nextResult() {
      if case .failure(let error) = outcome, !(error is CancellationError) { throw error }
    }
    return attempts ?? []
  }

  private func run(gateway: String, start: Date) async throws -> Event {
    let configuration = try stage.writeGateway(gateway, start: start)
    try await run(gateway, configuration: configuration)
    return .gatewayEnded
  }

  private func run(site: String, start: Date) async throws -> Event {
    let gateways = try await readiness.wait(for: stage.gateways)
    let configuration = try stage.writeSite(site, start: start, gateways: gateways.mapValues(\.link))
    try await run(site, configuration: configuration)
    return .siteEnded
  }

  private func run(_ node: String, configuration: URL) async throws {
    try await NodeProcess(
      name: node, executable: stage.options.executable, configuration: configuration,
      log: stage.home(of: node).appendingPathComponent("node.log")
    ).run { await readiness.report($0) }
  }

  private static func tell(_ progress: @Sendable (Int) -> Void, of schedule: Schedule) async throws {
    while true {
      progress(max(0, min(schedule.steps ?? 0, schedule.step(at: Date()))))
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  // MARK: Intruders

  private func intrude(halfwayOf schedule: Schedule) async throws -> [Attempt] {
    let gateways = try await readiness.wait(for: stage.gateways)
    _ = try await readiness.wait(for: stage.sites)
    let moment = schedule.date(of: (schedule.steps ?? 2) / 2).timeIntervalSinceNow
    try await Task.sleep(for: .seconds(max(0, moment)))
    let port = gateways[stage.gateways[0]]?.link ?? 0
    let stranger = stage.home(of: "stranger").appendingPathComponent("camera", isDirectory: true)
    return [
      Attempt(
        name: "nobody", tried: "to send a message without a certificate",
        expectedReason: RefusalReason.noCertificate.rawValue,
        outcome: try await intrude(port: port, identity: nil)),
      Attempt(
        name: "stranger", tried: "to send a message with a certificate of another CA, made out to camera/site-1",
        expectedReason: RefusalReason.certificate.rawValue,
        outcome: try await intrude(port: port, identity: stranger)),
    ]
  }

  /// Runs an intruder as a process of its own.
  private func intrude(port: Int, identity: URL?) async throws -> Intruder.Outcome {
    let identityFlags = identity.map { ["--identity", $0.path] } ?? []
    let result = try await Subprocess.run(
      .path(FilePath(stage.options.executable.path)),
      arguments: Arguments(
        ["demo", "intruder", "--port", "\(port)", "--message-bytes", "\(stage.policy.message.bytes)"] + identityFlags),
      output: .string(limit: 65_536))
    guard let outcome = try? JSONDecoder().decode(Intruder.Outcome.self, from: Data(result.standardOutput.utf8)) else {
      throw DemoError(.unavailable, "the intruder's process failed")
    }
    return outcome
  }
}
