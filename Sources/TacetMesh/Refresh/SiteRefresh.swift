package import Foundation
package import Logging
package import TacetInference
package import TacetLog
package import TacetPolicy
package import TacetPrivacy
import TacetRefresh
package import TacetWire

/// A site's part in the refresh of the student: it adds up what its samples say, says that once a round, and takes the student that comes
/// of it if it does no harm.
///
/// What it says, and when, follows from the calendar, from the budget, and from heads that were published: never from which head the
/// site has found good, since it found that by what it has seen.
package actor SiteRefresh {
  private let site: String
  private let device: String
  private let model: ModelPack
  private let policy: Policy.Refresh
  private let calendar: RefreshCalendar
  private let ledger: PrivacyLedger
  private let schedule: Schedule
  private let text: StudentText
  private let journal: Journal
  private let logger: Logger
  private var shelf: StudentShelf
  private var trace: StudentTrace
  private var round: OpenRound
  /// The parts of the newest student, by the gateway that sends them.
  private var incoming: [String: TensorAssembly<UInt8>] = [:]
  /// The round whose newest head was asked for last.
  private var asking = -1
  /// The last round of which a gateway has told the newest head: until then the one known may be older, and what is said of it refused.
  private var told = -1

  /// A round, which cannot be copied, in a box of its own.
  private final class OpenRound {
    private var round: DeviceRound?
    let number: Int
    let revision: UInt64

    init(_ number: Int, _ published: (revision: UInt64, head: StudentHead), _ parameters: RefreshParameters) throws {
      (self.number, revision) = (number, published.revision)
      round = try DeviceRound(head: published.head, parameters: parameters)
    }

    func add(_ sample: StudentSample) { round?.add(sample) }

    func end() -> EventSum? { round.take()?.ended() }
  }

  /// - Parameters:
  ///   - key: the model log's.
  ///   - state: the node's folder.
  /// - Throws: `RefreshError`, `InferenceError`, `WireError`, `ReleaseError`.
  package init(
    site: String, device: String, model: ModelPack, policy: Policy.Refresh, key: NoteVerifier, state: URL,
    ledger: PrivacyLedger, schedule: Schedule, codec: MessageCodec, journal: Journal, logger: Logger
  ) throws {
    try policy.parameters.require(model.manifest)
    (self.site, self.device, self.model, self.policy) = (site, device, model, policy)
    (self.ledger, self.schedule, self.journal, self.logger) = (ledger, schedule, journal, logger)
    calendar = RefreshCalendar(parameters: policy.parameters, manifest: model.manifest)
    shelf = try StudentShelf(
      model: model, key: key, file: state.appendingPathComponent("student.json"), canary: policy.canary)
    trace = try StudentTrace(model: model, site: site)
    let published = try shelf.published
    text = try StudentText(coefficients: published.head.coefficients.count, codec: codec)
    let step = max(0, schedule.step(at: Date()) + 1)
    round = try OpenRound(calendar.round(of: step), published, policy.parameters)
  }

  // MARK: The student

  /// The student's forecast of a step, with the head in force; the window is taken in.
  package func forecast(window: FloatTensor, step: Int) async throws -> [Float] {
    let student = try model.student(window: window, site: site)
    if step == schedule.beginningOfRun(of: step) { trace.endRun() }
    if let sample = trace.take(window, step: step, student: student) {
      try add(sample)
      await judge(by: sample, at: step)
    }
    return try shelf.head.corrected(student.forecast, features: student.features)
  }

  /// A decision that cannot be kept is not made: the head in force goes on, and so do forecasts.
  private func judge(by sample: StudentSample, at step: Int) async {
    do {
      guard let decision = try shelf.observe(sample) else { return }
      logger.notice(
        "a student was judged",
        metadata: ["outcome": "\(decision.outcome.rawValue)", "revision": "\(decision.revision)"])
      try await journal.append(JournalRecord(student: StudentRecord(step: step, decision)))
    } catch {
      logger.error("a student cannot be judged", metadata: ["step": "\(step)", "error": "\(error)"])
    }
  }

  private func add(_ sample: StudentSample) throws {
    let number = calendar.round(of: sample.step)
    let published = try shelf.published
    if number != round.number || published.revision != round.revision {
      // What was added up to another head, or of a round that is over and was never spoken of, is of no use any more.
      round = try OpenRound(number, published, policy.parameters)
    }
    round.add(sample)
  }

  // MARK: On the links

  /// What goes to each gateway at a step beside releases and queries: as many messages whatever there is to say.
  ///
  /// The newest student is asked for in a part a step, one after the other and again from the first: more at once would take the slots of
  /// the steps after, and their releases be late.
  /// - Parameter isWitnessed: whether a gateway has seen the ledger: before, nothing is released.
  package func messages(at step: Int, isWitnessed: Bool) async -> [Message] {
    var messages: [Message] = []
    if let number = calendar.roundSpoken(at: step) {
      messages.append(await update(of: number, at: step, isWitnessed: isWitnessed))
    }
    if let ask = calendar.asking(at: step) {
      if ask.round != asking { (asking, incoming) = (ask.round, [:]) }
      let part = Message.Part(index: ask.before % text.parts.count, count: text.parts.count)
      messages.append(Message(kind: .student, step: UInt64(step), site: site, part: part))
    }
    return messages
  }

  /// Whether nothing goes to gateways at a step.
  package nonisolated func isFree(_ step: Int) -> Bool { calendar.isFree(step) }

  private func update(of number: Int, at step: Int, isWitnessed: Bool) async -> Message {
    var message = Message(kind: .cover, step: UInt64(step), site: site)
    do {
      let (ended, revision, published) = (round, round.revision, try shelf.published)
      round = try OpenRound(number + 1, published, policy.parameters)
      // What would be refused is not worth a charge.
      guard told == number, revision == published.revision else {
        logger.notice("no part in the refresh: the newest student is not known", metadata: ["round": "\(number)"])
        return message
      }
      guard isWitnessed, ended.number == number, let sum = ended.end() else { return message }
      guard let values = try await release(sum, of: number) else { return message }
      let unit = Float(policy.parameters.sum.clip * policy.parameters.steps)
      message.kind = .update
      message.detail = String(revision)
      message.payload = .int16(values, shape: [values.count], scale: 1 / unit)
    } catch {
      logger.error("no part in the refresh", metadata: ["round": "\(number)", "error": "\(error)"])
    }
    return message
  }

  /// Charges a round, durably, and noises it; nil where the ledger does not grant it.
  private func release(_ sum: consuming EventSum, of number: Int) async throws -> [Int16]? {
    let identifier = "\(Int(schedule.start.timeIntervalSince1970))/refresh/\(number)"
    let charge = try await ledger.charge(
      device: device, event: identifier, parameters: sum.parameters, dimension: sum.dimension)
    guard case .granted(let reservation) = consume charge else { return nil }
    return try sum.release(for: reservation)
  }

  /// Takes a gateway's answer to a question for the newest student.
  package func take(_ answer: Message, from gateway: String, at step: Int) async {
    // What comes after the devices have spoken is of the round before.
    guard let ask = calendar.asking(at: step), ask.round == asking else { return }
    do {
      if answer.status == .unknown, try shelf.published.revision == 0 { told = ask.round }
      guard answer.status == .ok, case .uint8(let bytes, _) = answer.payload,
        let proof = try proof(with: bytes, as: answer.part, from: gateway)
      else { return }
      let isNewer = try shelf.learn(proof)
      told = ask.round
      guard isNewer else { return }
      let published = try shelf.published
      logger.info("a student was published", metadata: ["revision": "\(published.revision)"])
    } catch {
      logger.error("a student was not believed", metadata: ["from": "\(gateway)", "error": "\(error)"])
    }
  }

  /// Takes a part of a gateway's proof; returns the whole with its last part. What does not fit what came before begins anew: another
  /// student was published meanwhile.
  private func proof(with bytes: [UInt8], as part: Message.Part, from gateway: String) throws -> InclusionProof? {
    var assembly = incoming.removeValue(forKey: gateway) ?? TensorAssembly(text.parts)
    let whole = try assembly.take(bytes, as: part)
    if whole == nil { incoming[gateway] = assembly }
    return try whole.map(StudentText.proof)
  }
}
