import Foundation
package import TacetLog
import TacetWire

extension DeviceAdministration {
  /// Asks devices for their ledgers' checkpoints, compares each with the one that the auditor keeps in `memory` and with
  /// those that the inventory's gateways keep, and keeps those that hold. In order of name.
  /// - Parameter device: one device, or nil for all of the inventory.
  /// - Throws: `MeshError` when the inventory has no such device.
  package func audit(_ device: String?, memory: WitnessFolder) async throws -> [DeviceAudit] {
    if let device { _ = try link(to: device) }
    let devices = device.map { [$0] } ?? Array(inventory.devices.keys)
    return await withTaskGroup(of: DeviceAudit.self) { group in
      for device in devices { group.addTask { await audit(device, memory) } }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.device < $1.device }
    }
  }

  private func audit(_ device: String, _ memory: WitnessFolder) async -> DeviceAudit {
    do {
      let link = try link(to: device)
      let kept = try memory.witness(of: device)
      var witness = kept ?? Witness(of: device)
      let shown = try await link.checkpoint(continuing: witness.size)
      let verdict = witness.examine(shown, at: UInt64(max(0, Date().timeIntervalSince1970)))
      try memory.keep(witness)
      return DeviceAudit(
        device: device, verdict: kept?.checkpoint == nil ? .init(verdict, first: true) : .init(verdict),
        size: (try? SignedNote(shown.note)).flatMap { try? Checkpoint(text: $0.text) }?.size, checkpoint: shown.note,
        reason: verdict.explanation, witnesses: await compare(device, link))
    } catch {
      return DeviceAudit(
        device: device, verdict: .unreachable, size: nil, checkpoint: nil, reason: "\(error)", witnesses: [])
    }
  }

  private func compare(_ device: String, _ link: AdministrationLink) async -> [DeviceAudit.Comparison] {
    await withTaskGroup(of: DeviceAudit.Comparison.self) { group in
      for gateway in inventory.gateways.keys { group.addTask { await compare(device, link, with: gateway) } }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.gateway < $1.gateway }
    }
  }

  private func compare(
    _ device: String, _ link: AdministrationLink, with gateway: String
  ) async -> DeviceAudit.Comparison {
    do {
      let answer = try await self.link(to: gateway).ask(Message(kind: .audit, detail: device))
      guard case .checkpoint(let part) = answer.payload, !part.note.isEmpty else {
        return .init(gateway: gateway, verdict: .first, size: nil, reason: nil)
      }
      // What the gateway keeps is the first that a witness of our own is shown, the device's newest the second: asked for
      // after it, so that a ledger that goes on growing is never behind.
      var witness = Witness(of: device)
      let first = witness.examine(
        ShownCheckpoint(key: part.key, note: part.note, from: 0, proof: []), at: 0)
      guard case .accepted(let size) = first else {
        let reason = "what the gateway keeps is no checkpoint: \(first.explanation ?? "")"
        return .init(gateway: gateway, verdict: .inconsistent, size: nil, reason: reason)
      }
      let second = witness.examine(try await link.checkpoint(continuing: size), at: 0)
      return .init(gateway: gateway, verdict: .init(second), size: size, reason: second.explanation)
    } catch {
      return .init(gateway: gateway, verdict: .unreachable, size: nil, reason: "\(error)")
    }
  }
}

extension AdministrationLink {
  /// The most parts that are fetched: as many as the longest proof has hashes.
  private static let maximumParts = CheckpointPart.maximumCount

  /// The node's newest checkpoint, with its proof from a tree of `size` entries on.
  /// - Throws: as ``ask(_:)``; `MeshError` when the answers do not make a checkpoint.
  fileprivate func checkpoint(continuing size: UInt64) async throws -> ShownCheckpoint {
    var assembly = CheckpointAssembly()
    var question = CheckpointPart(from: size)
    for _ in 0..<Self.maximumParts {
      question.offset = assembly.count
      question.count = assembly.count
      let answer = try await ask(Message(kind: .audit, payload: .checkpoint(question)))
      guard case .checkpoint(let part) = answer.payload, part.from == size else { break }
      if let shown = assembly.take(part) { return shown }
      guard assembly.count > question.offset else { break }
      question.note = part.note
    }
    throw MeshError.unavailable("\(device) answered with something that is not a checkpoint and its proof")
  }
}

extension WitnessVerdict {
  /// Why it is not accepted, for a person; nil when it is.
  fileprivate var explanation: String? {
    switch self {
    case .accepted: nil
    case .unproven(let remembered): "it does not prove that it continues the \(remembered) entries seen before"
    case .refused(let reason): reason.explanation
    }
  }
}

extension DeviceAudit.Verdict {
  fileprivate init(_ verdict: WitnessVerdict, first: Bool = false) {
    self =
      switch verdict {
      case .accepted: first ? .first : .consistent
      case .unproven, .refused: .inconsistent
      }
  }
}
