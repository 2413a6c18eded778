package import Foundation
package import Logging
package import TacetInference
package import TacetLog
package import TacetPolicy
package import TacetRefresh
import TacetTrust
package import TacetWire

/// Where a gateway puts the parts of a refresh together: it takes one of each device in a round, draws the conclusion when their time is
/// over, and publishes the student that comes of it.
package actor RefreshDesk {
  private let model: ModelPack
  private let calendar: RefreshCalendar
  private let refinement: HeadRefinement
  private let parameters: RefreshParameters
  private let trust: TrustRegister
  private let devices: Set<String>
  private let log: ModelLog
  private let signer: NoteSigner
  private let schedule: Schedule
  private let text: StudentText
  private let journal: Journal
  private let logger: Logger
  /// The newest that was published, or what the model came with.
  private var newest: (revision: UInt64, head: StudentHead)
  /// Its proof as it travels; nil while nothing was published.
  private var proof: [UInt8]?
  /// The parts of rounds that are not concluded, by device.
  private var parts: [Int: [String: [Int16]]] = [:]
  /// The last round whose conclusion was drawn, or was too old to be drawn when the gateway began.
  private var concluded = -1
  /// The last round that nobody can speak of any more.
  private var closed = -1

  /// - Parameters:
  ///   - trust: who is believed in a refresh.
  ///   - devices: who may take part, as role/name.
  ///   - holdOut: recordings that the aggregator may look at.
  ///   - log: of `signer`'s key.
  /// - Throws: `RefreshError`, `InferenceError`, `WireError`.
  package init(
    model: ModelPack, policy: Policy.Refresh, trust: TrustRegister, devices: Set<String>,
    holdOut recordings: SiteRecordings, log: ModelLog,
    signer: NoteSigner, schedule: Schedule, codec: MessageCodec, journal: Journal, logger: Logger
  ) throws {
    try policy.parameters.require(model.manifest)
    (self.model, self.log, self.signer, self.schedule) = (model, log, signer, schedule)
    (parameters, self.trust, self.devices) = (policy.parameters, trust, devices)
    (self.journal, self.logger) = (journal, logger)
    calendar = RefreshCalendar(parameters: policy.parameters, manifest: model.manifest)
    refinement = HeadRefinement(
      parameters: policy.parameters, aggregator: policy.aggregator,
      holdOut: try HoldOut(model: model, recordings: recordings, blocksOf: policy.parameters.sum.reach))
    let head = try StudentHead(horizon: model.manifest.horizon, features: model.studentFeatures)
    text = try StudentText(coefficients: head.coefficients.count, codec: codec)
    newest = (0, head)
    if let version = try log.versions().last(where: { $0.model == model.manifest.model }) {
      guard version.student == model.studentDigest else {
        throw RefreshError(
          .badInput, "\(log.file.path) holds heads of another student of \(version.model): begin another log")
      }
      newest = (version.revision, version.head)
      proof = try log.newest(of: version.model).flatMap(text.bytes)
    }
  }

  /// Takes a device's part, in grid units.
  /// - Parameters:
  ///   - revision: of the head that it is of, in decimal.
  ///   - device: role/name, at a site of the model.
  ///   - step: a recent one.
  package func accept(_ values: [Int16], revision: String, from device: String, step: Int) -> Message.Status {
    guard let round = calendar.roundSpoken(at: step), round > closed else { return .unavailable }
    guard revision == String(newest.revision) else { return .unavailable }
    // A device speaks once.
    guard parts[round]?[device] == nil else { return .unavailable }
    parts[round, default: [:]][device] = values
    return .ok
  }

  /// A part of the newest student, as it travels; none while nothing was published (`unknown`), or while the conclusion is late
  /// (`unavailable`): what was the newest before would be taken for it, and the next round be of it.
  package func student(_ part: Message.Part) -> (status: Message.Status, bytes: [UInt8]?) {
    let present = min(schedule.step(at: Date()), (schedule.steps ?? Int.max) - 1)
    guard concluded >= calendar.lastConcluded(by: present) else { return (.unavailable, nil) }
    guard let proof else { return (.unknown, nil) }
    guard let bytes = text.parts.slice(proof, part) else { return (.malformed, nil) }
    return (.ok, bytes)
  }

  /// Concludes each round of the schedule when it is over.
  package func run() async {
    let present = max(0, schedule.step(at: Date()))
    var round = max(0, calendar.round(of: present) - 1)
    concluded = max(concluded, round - 1)
    while schedule.steps.map({ calendar.conclusion(of: round) < $0 }) ?? true {
      let wait = schedule.date(of: calendar.conclusion(of: round)).timeIntervalSinceNow
      if wait > 0 {
        do { try await Task.sleep(for: .seconds(wait)) } catch { return }
        await conclude(round)
      }
      concluded = max(concluded, round)
      round += 1
    }
  }

  /// Draws the conclusion of a round.
  package func conclude(_ round: Int) async {
    let sums = parts[round] ?? [:]
    // Nobody is heard any more, and nobody told what is newest before that is known.
    (closed, parts) = (max(closed, round), parts.filter { $0.key > round })
    defer { concluded = max(concluded, round) }
    var record = RefreshRecord(round: round, devices: sums.keys.sorted(), revision: newest.revision)
    do {
      let quarantined = await judge(sums)
      record.quarantined = quarantined.sorted()
      let heard = sums.filter { !quarantined.contains($0.key) }
      let known = await trust.current.knownLiars(for: .refresh).intersection(quarantined)
      let outcome = try refinement.refine(newest.head, by: heard, exposed: known.count)
      record.liars = outcome.liars.keys.sorted()
      (record.errorBefore, record.errorAfter) = (outcome.errors.before, outcome.errors.after)
      if outcome.step > 0 { record.revision = try publish(outcome.head) }
    } catch {
      record.failure = "\(error)"
      logger.error("no refresh of the student", metadata: ["round": "\(round)", "error": "\(error)"])
    }
    do {
      try await journal.append(JournalRecord(refresh: record))
    } catch {
      logger.error("journal cannot be written", metadata: ["error": "\(error)"])
    }
  }

  /// Judges those who spoke; one that said nothing may have its reasons, which are nobody's business.
  /// - Returns: who is in quarantine.
  private func judge(_ sums: [String: [Int16]]) async -> Set<String> {
    for device in sums.keys.sorted() { await trust.admit(device) }
    let round = TrustRound(.refresh, members: devices.union(sums.keys), asked: Set(sums.keys), at: Date())
    _ = await trust.judge(
      sums.mapValues { $0.map(Float.init) }, dimension: newest.head.coefficients.count,
      by: .noise(parameters.honest), in: round)
    // Of those who take part in this: a liar elsewhere is none here.
    return await trust.current.quarantined(for: .refresh).intersection(round.members)
  }

  private func publish(_ head: StudentHead) throws -> UInt64 {
    let version = try log.publish(
      head, of: model.manifest.model, student: model.studentDigest, at: Date(), signer: signer)
    newest = (version.revision, version.head)
    proof = try log.newest(of: version.model).flatMap(text.bytes)
    logger.notice("a student was published", metadata: ["revision": "\(version.revision)"])
    return version.revision
  }
}
