import Foundation
package import Logging
import TacetIdentity
import TacetInference
package import TacetPolicy
import TacetPrivacy
import TacetWire

/// A site: a camera and the traffic-light controller beside it, in one trust domain, each with its own certificate.
///
/// At each step everything leaves at one instant after the step began, whatever was prepared and however long it took;
/// the same number of messages of the same size goes to every gateway, whether the camera speaks or not. At some steps, by
/// number alone, one more shows the ledger's checkpoint; a camera says nothing before a gateway has seen it.
package struct Site: Sendable {
  private let camera: Camera
  private let controller: Controller
  private let site: String
  private let cameraLinks: [String: LinkClient]
  private let controllerLinks: [String: LinkClient]
  private let sensor: SensorFeed
  private let ledger: WitnessedLedger
  private let schedule: Schedule
  private let timing: Policy.Timing
  private let journal: Journal
  private let logger: Logger

  package init(
    site: String, camera: Camera, controller: Controller, cameraLinks: [String: LinkClient],
    controllerLinks: [String: LinkClient], sensor: SensorFeed, ledger: WitnessedLedger, schedule: Schedule,
    timing: Policy.Timing, journal: Journal, logger: Logger
  ) {
    self.site = site
    self.camera = camera
    self.controller = controller
    self.cameraLinks = cameraLinks
    self.controllerLinks = controllerLinks
    self.sensor = sensor
    self.ledger = ledger
    self.schedule = schedule
    self.timing = timing
    self.journal = journal
    self.logger = logger
  }

  /// Plays the schedule from now to its end. A step whose time has passed (the machine was too busy) is left out.
  package func play() async throws {
    await ledger.prepare()
    for step in schedule.upcoming(after: Date()) {
      let lead = schedule.date(of: step).timeIntervalSinceNow
      guard lead > -timing.tick.seconds / 4 else { continue }
      let beginning = ContinuousClock.now + .seconds(lead)
      try await Task.sleep(until: beginning, clock: .continuous)
      guard let window = sensor.window(at: step) else {
        logger.notice("the recording has ended", metadata: ["step": "\(step)"])
        break
      }
      try await play(step, window: window, since: beginning)
    }
  }

  private func play(_ step: Int, window: FloatTensor, since beginning: ContinuousClock.Instant) async throws {
    let isWitnessed = await ledger.isWitnessed
    let isShown = !isWitnessed || step.isMultiple(of: timing.audit)
    async let checkpoints = isShown ? ledger.messages(to: cameraLinks.keys, step: step, site: site) : [:]
    let utterance =
      isWitnessed
      ? await camera.utterance(at: step, window: window) : .silence(reason: "no gateway has seen the ledger yet")
    let release = camera.message(utterance, step: step)
    let speaking = if case .release = utterance { true } else { false }
    let query = controller.message(step: step, speaking: speaking)
    let shown = await checkpoints
    try await Task.sleep(until: beginning + timing.prepare, clock: .continuous)

    let end = beginning + timing.tick
    async let receipts = Self.ask(cameraLinks, cameraLinks.mapValues { _ in release }, until: end)
    async let witnesses = Self.ask(cameraLinks, shown, until: end)
    let answers = await Self.ask(controllerLinks, controllerLinks.mapValues { _ in query }, until: end)
    let outcome = try await controller.forecast(
      window: window, answers: speaking ? answers.compactMapValues(\.encoding) : nil)
    let latency = (ContinuousClock.now - beginning).milliseconds
    try await record(step, utterance: utterance, outcome: outcome, latency: latency)
    try await take(await witnesses)
    _ = await receipts
  }

  /// Hears what the gateways keep of the ledger.
  private func take(_ answers: [String: Message]) async throws {
    for (gateway, answer) in answers {
      guard let link = cameraLinks[gateway], await ledger.take(answer, from: gateway, as: link.expecting) else {
        continue
      }
      try await journal.append(JournalRecord(mode: ModeRecord(fallback: true, reason: "the ledger was rolled back")))
    }
  }

  /// Sends each link its message, all at once; answers that are not here by `end` are missing from the result.
  private static func ask(
    _ links: [String: LinkClient], _ messages: [String: Message], until end: ContinuousClock.Instant
  ) async -> [String: Message] {
    await withTaskGroup(of: (String, Message?).self) { group in
      for (name, link) in links {
        guard let message = messages[name] else { continue }
        group.addTask { (name, try? await link.exchange(message, timeout: end - .now)) }
      }
      var answers: [String: Message] = [:]
      for await (name, answer) in group { answers[name] = answer }
      return answers
    }
  }

  private func record(
    _ step: Int, utterance: Camera.Utterance, outcome: Controller.Outcome, latency: Double
  ) async throws {
    var record = ForecastRecord(
      step: step, forecast: outcome.forecast, student: outcome.student, release: nil, silence: nil,
      accepted: outcome.accepted, quarantined: outcome.quarantined, trust: outcome.trust, latencyMs: latency)
    switch utterance {
    case .release(let release): record.release = release.identifier
    case .silence(let reason): record.silence = reason
    }
    try await journal.append(JournalRecord(forecast: record))
  }
}

extension Message {
  /// The encoding in a gateway's answer, if that is what it is.
  fileprivate var encoding: [Float]? {
    guard kind == .answer, status == .ok, case .float32(let values, _) = payload else { return nil }
    return values
  }
}
