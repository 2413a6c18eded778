import Foundation
package import Logging
import TacetIdentity
package import TacetInference
package import TacetPolicy
import TacetPrivacy
import TacetRefresh
import TacetWire

/// A site: a camera and the traffic-light controller beside it, in one trust domain, each with its own certificate.
///
/// What a step has to say is handed over to paced links, which send it at the step's first slot, whatever was prepared and however
/// long it took; what is handed over later leaves in a later slot of the step, or not at all. With cover the links send the
/// same number of messages of the same size to every gateway, whether there is something to say or not. Without, a silent
/// camera and its controller say as much as others, in messages that say nothing. At some steps, by number alone, one message
/// more shows the ledger's checkpoint; a camera says nothing before a gateway has seen it.
package struct Site: Sendable {
  private let camera: Camera
  let controller: Controller
  private let site: String
  private let cameraLinks: [String: LinkClient]
  let controllerLinks: [String: LinkClient]
  private let sensor: SensorFeed
  private let ledger: WitnessedLedger
  private let trust: TrustRegister
  /// nil where the student stays as it was trained.
  private let refresh: SiteRefresh?
  private let model: ModelPack
  private let schedule: Schedule
  let policy: Policy
  private let journal: Journal
  let logger: Logger

  /// - Parameters:
  ///   - cameraLinks: paced, to each gateway.
  ///   - controllerLinks: the same for the controller.
  package init(
    site: String, camera: Camera, controller: Controller, cameraLinks: [String: LinkClient],
    controllerLinks: [String: LinkClient], sensor: SensorFeed, ledger: WitnessedLedger, trust: TrustRegister,
    refresh: SiteRefresh?, model: ModelPack, schedule: Schedule, policy: Policy, journal: Journal, logger: Logger
  ) {
    self.site = site
    self.camera = camera
    self.controller = controller
    self.cameraLinks = cameraLinks
    self.controllerLinks = controllerLinks
    self.sensor = sensor
    self.ledger = ledger
    self.trust = trust
    self.refresh = refresh
    self.model = model
    self.schedule = schedule
    self.policy = policy
    self.journal = journal
    self.logger = logger
  }

  /// Plays the schedule from now to its end, or to that of the recording. A step whose time has passed (the machine was too busy) is
  /// left out. All links close at one moment at the end, whatever the last step had to say.
  package func play() async throws {
    let result: Result<Void, any Error>
    do {
      try await withThrowingDiscardingTaskGroup { group in
        await ledger.prepare()
        try await play(in: &group)
      }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    for link in Array(cameraLinks.values) + controllerLinks.values { await link.close() }
    await trust.flush()
    try result.get()
  }

  private func play(in group: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
    var next = 0
    for step in schedule.upcoming(after: Date()) {
      next = step + 1
      let lead = schedule.date(of: step).timeIntervalSinceNow
      guard lead > -policy.timing.tick.seconds / 4 else { continue }
      let beginning = ContinuousClock.now + .seconds(lead)
      try await Task.sleep(until: beginning, clock: .continuous)
      let reading = sensor.reading(at: step)
      if case .ended = reading {
        logger.notice("the recording has ended", metadata: ["step": "\(step)"])
        return
      }
      try await play(step, reading: reading, since: beginning, in: &group)
    }
    try await Task.sleep(for: .seconds(max(0, schedule.date(of: next).timeIntervalSinceNow)))
  }

  private func play(
    _ step: Int, reading: SensorFeed.Reading, since beginning: ContinuousClock.Instant,
    in group: inout ThrowingDiscardingTaskGroup<any Error>
  ) async throws {
    let isWitnessed = await ledger.isWitnessed
    let isShown = Self.showsCheckpoint(at: step, each: policy.timing.audit, isWitnessed: isWitnessed) {
      refresh?.isFree($0) ?? true
    }
    async let checkpoints = isShown ? ledger.messages(to: cameraLinks.keys, step: step, site: site) : [:]
    let utterance = await utterance(at: step, reading: reading, isWitnessed: isWitnessed)
    let speaking = if case .release = utterance { true } else { false }
    let end = beginning + policy.timing.tick
    let isHeard = speaking || !policy.cover.isEnabled
    let releases = isHeard ? camera.messages(utterance, step: step) : []
    for link in cameraLinks.values { Self.post(releases, on: link, until: end) }
    show(await checkpoints, until: end + policy.timing.tick, in: &group)
    await refreshStudent(
      at: step, isWitnessed: isWitnessed, until: end + policy.timing.tick * (RefreshCalendar.pause - 1), in: &group)

    await hearOfGateways()
    let sight = await sight(at: step, of: reading)
    let inquiry = await ask(step, speaking: speaking, isHeard: isHeard, sight: sight, until: end)
    if !isHeard { try await sleepAsIfAsking(since: beginning) }
    guard let sight else { return logger.debug("nothing is seen", metadata: ["step": "\(step)"]) }
    guard let outcome = await forecast(step, of: sight, from: inquiry) else { return }
    let made = inquiry?.early?.time ?? .now
    try await record(
      step, utterance: utterance, outcome: outcome, early: inquiry?.early != nil,
      latency: (made - beginning).milliseconds)
  }

  /// What the sensor shows, and what the student makes of it; nil where that is nothing.
  private func sight(at step: Int, of reading: SensorFeed.Reading) async -> Controller.Sight? {
    guard let window = reading.window else { return nil }
    do {
      let student =
        if let refresh {
          try await refresh.forecast(window: window, step: step)
        } else {
          try model.studentForecast(window: window, site: site)
        }
      return Controller.Sight(window: window, student: student)
    } catch {
      logger.error("the student cannot forecast", metadata: ["step": "\(step)", "error": "\(error)"])
      return nil
    }
  }

  /// - Returns: nil where no forecast can be made of what there is; on the links everything goes on, as nobody there is to see that.
  private func forecast(
    _ step: Int, of sight: Controller.Sight, from inquiry: Inquiry?
  ) async -> Controller.Outcome? {
    do {
      guard let inquiry else { return await controller.forecast(sight: sight) }
      return try await controller.forecast(
        sight: sight, answers: inquiry.answers, early: inquiry.early?.forecast, in: inquiry.round)
    } catch {
      logger.error("no forecast can be made", metadata: ["step": "\(step)", "error": "\(error)"])
      return nil
    }
  }

  private func utterance(at step: Int, reading: SensorFeed.Reading, isWitnessed: Bool) async -> Camera.Utterance {
    guard case .window(let window) = reading else { return .silence(reason: "the sensor sleeps") }
    guard isWitnessed else { return .silence(reason: "no gateway has seen the ledger yet") }
    return await camera.utterance(at: step, window: window)
  }

  /// Waits as long as answers would have taken, so that the processor is not busy with the forecast at another moment.
  private func sleepAsIfAsking(since beginning: ContinuousClock.Instant) async throws {
    let answered = policy.timing.prepare + policy.pacing.delay(draw: SystemRandom.unitInterval())
    try await Task.sleep(until: beginning + answered, clock: .continuous)
  }

  // MARK: On the links

  /// Hands messages over, to leave in this order; none when their time is over.
  @discardableResult
  static func post(
    _ messages: [Message], on link: LinkClient, until end: ContinuousClock.Instant
  ) -> [LinkExchange] {
    let left = end - .now
    return left > .zero ? messages.map { link.post($0, timeout: left) } : []
  }

  /// Whether the ledger's checkpoint is shown at a step: once in so many steps, and until it was seen. A step at which the refresh has a
  /// message has no slot for another: then the next that is free shows it.
  static func showsCheckpoint(at step: Int, each steps: Int, isWitnessed: Bool, isFree: (Int) -> Bool) -> Bool {
    guard isFree(step) else { return false }
    let due = step - step % steps
    return !isWitnessed || !(due..<step).contains(where: isFree)
  }

  /// Shows the ledger's checkpoint. The answers may take into the next step, which does not wait for them.
  private func show(
    _ checkpoints: [String: Message], until end: ContinuousClock.Instant,
    in group: inout ThrowingDiscardingTaskGroup<any Error>
  ) {
    for (gateway, checkpoint) in checkpoints {
      guard let link = cameraLinks[gateway], let exchange = Self.post([checkpoint], on: link, until: end).first else {
        continue
      }
      group.addTask {
        guard let answer = try? await exchange.answer() else { return }
        try await take(answer, to: checkpoint, from: gateway, as: link.expecting)
      }
    }
  }

  /// Says the site's part in a refresh of the student, and asks for what came of it. The answers may take some steps.
  private func refreshStudent(
    at step: Int, isWitnessed: Bool, until end: ContinuousClock.Instant,
    in group: inout ThrowingDiscardingTaskGroup<any Error>
  ) async {
    guard let refresh else { return }
    let messages = await refresh.messages(at: step, isWitnessed: isWitnessed)
    guard !messages.isEmpty else { return }
    for (gateway, link) in cameraLinks {
      for exchange in Self.post(messages, on: link, until: end) {
        group.addTask {
          guard let answer = try? await exchange.answer() else { return }
          await refresh.take(answer, from: gateway, at: step)
        }
      }
    }
  }

  /// Hears what a gateway keeps of the ledger.
  private func take(
    _ answer: Message, to checkpoint: Message, from gateway: String, as id: SPIFFEID
  ) async throws {
    guard await ledger.take(answer, to: checkpoint, from: gateway, as: id) else { return }
    try await journal.append(JournalRecord(mode: ModeRecord(fallback: true, reason: "the ledger was rolled back")))
  }

  private func record(
    _ step: Int, utterance: Camera.Utterance, outcome: Controller.Outcome, early: Bool, latency: Double
  ) async throws {
    var record = ForecastRecord(
      step: step, forecast: outcome.forecast, student: outcome.student, release: nil, silence: nil,
      accepted: outcome.accepted, distances: outcome.distances, quarantined: outcome.quarantined, trust: outcome.trust,
      standings: outcome.standings, early: early, latencyMs: latency)
    switch utterance {
    case .release(let release): record.release = release.identifier
    case .silence(let reason): record.silence = reason
    }
    try await journal.append(JournalRecord(forecast: record))
  }
}
