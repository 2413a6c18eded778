import Foundation
package import Logging
package import TacetIdentity
package import TacetPrivacy
package import TacetWire

/// What a site answers at its own door: its administrator's orders and questions.
package struct SiteControl: NodeService {
  private let device: String
  private let ledger: PrivacyLedger
  private let witnessed: WitnessedLedger
  private let journal: Journal
  private let logger: Logger

  package init(
    device: String, ledger: PrivacyLedger, witnessed: WitnessedLedger, journal: Journal, logger: Logger
  ) {
    self.device = device
    self.ledger = ledger
    self.witnessed = witnessed
    self.journal = journal
    self.logger = logger
  }

  package func answer(
    _ request: Message, from peer: PeerIdentity, cutoff: ContinuousClock.Instant
  ) async -> Reply {
    Reply(await carryOut(request, from: peer))
  }

  private func carryOut(_ request: Message, from peer: PeerIdentity) async -> Message {
    do {
      switch request.kind {
      case .fallback:
        try await ledger.fallBack(device, by: peer.id.description, reason: request.detail)
        return try await ordered(request, by: peer)
      case .restore:
        try await ledger.restore(device, by: peer.id.description)
        await witnessed.restored()
        return try await ordered(request, by: peer)
      case .status:
        return request.answer(.ok, detail: try await status().text())
      case .audit where request.detail.isEmpty || request.detail == device:
        return try await witnessed.answer(request)
      case .cover:
        return request.answer(.ok)
      default:
        return request.answer(.refused)
      }
    } catch {
      logger.error("an order could not be carried out", metadata: ["error": "\(error)"])
      return request.answer(.failed)
    }
  }

  private func ordered(_ request: Message, by peer: PeerIdentity) async throws -> Message {
    let order = try await ledger.fallback(of: device)
    try await journal.append(
      JournalRecord(mode: ModeRecord(fallback: order != nil, reason: order?.reason)))
    logger.notice(
      "mode changed", metadata: ["fallback": "\(order != nil)", "by": "\(peer.id.path)"])
    return request.answer(.ok, detail: try await status().text())
  }

  private func status() async throws -> DeviceStatus {
    let summary = try await ledger.summary(for: device)
    let order = summary?.fallback
    let isSpent = summary?.isExhausted ?? false
    return DeviceStatus(
      device: device, mode: order != nil ? .fallback : isSpent ? .exhausted : .mesh, reason: order?.reason,
      by: order?.by, since: order?.since, epsilonSpent: summary?.epsilonSpent, charges: summary?.charges)
  }
}
