import Foundation
package import Logging
package import TacetIdentity
package import TacetInference
import TacetLog
package import TacetPolicy
package import TacetPrivacy
package import TacetTransport
package import TacetWire

/// A gateway: takes in noised releases, and answers each site's controller with an encoding of the other sites.
package struct Gateway: NodeService {
  /// A model and what has arrived for it.
  private struct Served: Sendable {
    let model: ModelPack
    let cells: StepCells
    let board: ReleaseBoard

    var name: String { model.manifest.model }
  }

  /// The first is meant where a request names none.
  private let served: [Served]
  private let policy: Policy
  /// How many grid units of a release are 1 to the models.
  private let unit: Int
  private let schedule: Schedule
  private let witness: DeviceWitness
  /// nil where another gateway puts the parts of a refresh together, or none.
  private let refresh: RefreshDesk?
  private let devices: DeviceTrust?
  private let deadlines: DeadlineMeter
  private let refusals: RefusalLog
  private let journal: Journal
  private let drill: GatewayDrill?
  private let logger: Logger

  /// - Parameters:
  ///   - models: the first is meant where a request names none.
  ///   - trust: learns what devices show of their ledgers.
  /// - Throws: ``MeshError`` when a step of a model does not fit the policy.
  package init(
    models: [ModelPack], policy: Policy, schedule: Schedule, witness: DeviceWitness,
    trust: TrustRegister? = nil, refresh: RefreshDesk? = nil,
    deadlines: DeadlineMeter, refusals: RefusalLog, journal: Journal, drill: GatewayDrill?, logger: Logger
  ) throws(MeshError) {
    served = try models.map { model throws(MeshError) in
      let cells = try StepCells(model: model, policy: policy)
      return Served(
        model: model, cells: cells, board: ReleaseBoard(model: model, schedule: schedule, parts: cells.release))
    }
    self.policy = policy
    unit = policy.privacy.releases.unit
    self.schedule = schedule
    self.witness = witness
    self.refresh = refresh
    devices = trust.map(DeviceTrust.init)
    self.deadlines = deadlines
    self.refusals = refusals
    self.journal = journal
    self.drill = drill
    self.logger = logger
  }

  package func answer(
    _ request: Message, from peer: PeerIdentity, cutoff: ContinuousClock.Instant
  ) async -> Reply {
    switch request.kind {
    case .release, .query:
      guard let served = served(request.model) else { return Reply(request.answer(.unknown)) }
      return request.kind == .release
        ? Reply(request.answer(await take(request, for: served, from: peer)))
        : await encoding(of: served, for: request, from: peer, cutoff: cutoff)
    case .update:
      return Reply(request.answer(await take(update: request, from: peer)))
    case .student:
      return Reply(await student(request))
    case .checkpoint:
      return Reply(await witness(request, from: peer))
    case .audit:
      return Reply(await remembered(request))
    case .cover:
      return Reply(request.answer(.ok))
    case .status:
      let (kept, missed) = (deadlines.snapshot.kept, deadlines.snapshot.missed)
      return Reply(request.answer(.ok, detail: "gateway: \(kept) answers in time, \(missed) late"))
    default:
      return Reply(request.answer(.refused))
    }
  }

  private func served(_ name: String) -> Served? {
    name.isEmpty ? served.first : served.first { $0.name == name }
  }

  /// Takes in a part of a release. A camera speaks for its own site only; the grid is the policy's, not the peer's claim.
  private func take(_ request: Message, for served: Served, from peer: PeerIdentity) async -> Message.Status {
    guard let site = served.model.manifest.sites.firstIndex(of: peer.id.name), request.site == peer.id.name else {
      return .refused
    }
    guard case .int16(let values, let shape, _) = request.payload,
      shape == served.cells.release.range(of: request.part).map({ [$0.count] })
    else { return .malformed }
    guard let step = schedule.recent(request.step, at: Date()) else { return .unavailable }
    guard await !isInDisrepute(peer) else { return .refused }
    do {
      let isWhole = try await served.board.accept(
        values, part: request.part, unit: unit, site: site, step: step)
      if isWhole {
        try await journal.append(
          JournalRecord(receipt: ReceiptRecord(step: step, site: peer.id.name, model: served.name)))
      }
      return .ok
    } catch let refusal as ReleaseBoard.Refusal {
      logger.debug("release not taken in", metadata: ["site": "\(peer.id.name)", "reason": "\(refusal)"])
      return .unavailable
    } catch {
      logger.error("journal cannot be written", metadata: ["error": "\(error)"])
      return .failed
    }
  }

  /// Takes a device's part in a refresh of the first model's student. A camera speaks for its own site only.
  private func take(update request: Message, from peer: PeerIdentity) async -> Message.Status {
    guard served.first?.model.manifest.sites.contains(peer.id.name) == true, request.site == peer.id.name else {
      return .refused
    }
    guard case .int16(let values, _, _) = request.payload else { return .malformed }
    guard let refresh, let step = schedule.recent(request.step, at: Date()) else { return .unavailable }
    guard await !isInDisrepute(peer) else { return .refused }
    return await refresh.accept(values, revision: request.detail, from: peer.id.path, step: step)
  }

  /// A part of the newest student.
  private func student(_ request: Message) async -> Message {
    // Not `unknown`: that says that the gateway would know of one.
    guard let refresh else { return request.answer(.unavailable) }
    let (status, bytes) = await refresh.student(request.part)
    return request.answer(status, payload: bytes.map { .uint8($0, shape: [$0.count]) } ?? .none)
  }

  /// A device whose ledger was rolled back or rewritten has no budget that anyone could vouch for.
  private func isInDisrepute(_ peer: PeerIdentity) async -> Bool {
    do {
      return try await witness.refuses(peer.id.path)
    } catch {
      logger.error("what is kept of a device cannot be read", metadata: ["error": "\(error)"])
      return true
    }
  }

  /// Takes what a device of the model shows of its ledger, and tells it what is kept.
  private func witness(_ request: Message, from peer: PeerIdentity) async -> Message {
    guard served.contains(where: { $0.model.manifest.sites.contains(peer.id.name) }), request.site == peer.id.name
    else {
      return request.answer(.refused)
    }
    guard case .checkpoint(let part) = request.payload else { return request.answer(.malformed) }
    let device = peer.id.path
    do {
      let answer = try await witness.take(part, from: device, at: Date())
      var record = WitnessRecord(device: device, size: answer.part.from)
      if case .refused(let reason) = answer.verdict {
        record.refused = reason.rawValue
        refusals.record(.checkpoint, detail: "\(device): \(reason.explanation)", at: Date())
        logger.error("checkpoint refused", metadata: ["device": "\(device)", "reason": "\(reason.explanation)"])
      }
      if let verdict = answer.verdict { await devices?.take(verdict, from: peer, at: Date()) }
      if answer.verdict != nil { try await journal.append(JournalRecord(witness: record)) }
      return request.answer(record.refused == nil ? .ok : .refused, payload: .checkpoint(answer.part))
    } catch {
      logger.error("a checkpoint cannot be kept", metadata: ["device": "\(device)", "error": "\(error)"])
      return request.answer(.failed)
    }
  }

  /// The checkpoint that is kept of the device that an auditor names.
  private func remembered(_ request: Message) async -> Message {
    do {
      let part = try await witness.remembered(of: request.detail)
      return request.answer(.ok, payload: .checkpoint(part ?? CheckpointPart()))
    } catch {
      logger.error("what is kept of a device cannot be read", metadata: ["error": "\(error)"])
      return request.answer(.failed)
    }
  }

  /// A part of the encoding of the other sites.
  private func encoding(
    of served: Served, for request: Message, from peer: PeerIdentity, cutoff: ContinuousClock.Instant
  ) async -> Reply {
    guard let site = served.model.manifest.sites.firstIndex(of: peer.id.name),
      let step = schedule.recent(request.step, at: Date()), let range = served.cells.encoding.range(of: request.part)
    else { return Reply(request.answer(.malformed)) }
    do {
      try await Task.sleep(until: max(cutoff, arrivals(of: step)), clock: .continuous)
    } catch {
      // Nobody waits any more: the releases of the step are not all here, and the first look at them is the one that counts.
      return Reply(request.answer(.unavailable))
    }
    do {
      let (encodings, isKnown) = try await served.board.encodings(of: step)
      let row = Array(encodings.rows[site][range])
      let said = drill?.lie(row, step: step) ?? row
      return Reply(
        request.answer(.ok, inputs: encodings.inputs, payload: .float32(said, shape: [said.count])),
        trace: "\(isKnown ? "hit" : "miss")/\(served.name)")
    } catch {
      logger.error("the encoder failed", metadata: ["error": "\(error)"])
      return Reply(request.answer(.failed))
    }
  }

  /// When the releases of a step are here, if they are coming: half a deadline after they left. Nobody who asks earlier
  /// makes the gateway look earlier.
  private func arrivals(of step: Int) -> ContinuousClock.Instant {
    let left = schedule.date(of: step).timeIntervalSinceNow
    return .now + .seconds(left) + policy.timing.prepare + policy.timing.deadline / 2
  }
}
