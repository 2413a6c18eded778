internal import Foundation
internal import TacetIdentity

/// The JWT-SVIDs that were fetched, handed out again in the first half of their life: who asks often does not trouble the
/// authority each time, and who asks at once with others waits for one answer with them.
actor TokenShelf {
  private struct Key: Hashable {
    let id: SPIFFEID
    /// The leaf that the token was asked for with: a token does not outlive its certificate.
    let leaf: [UInt8]
    let audience: [String]
  }

  private struct Kept {
    let token: WorkloadToken
    let fresh: Date
  }

  /// The most that are kept, and that are being fetched.
  private static let mostTokens = 256
  private static let mostFetches = 32

  private let identities: any WorkloadIdentities
  private let timeout: Duration
  private let now: @Sendable () -> Date
  private var kept: [Key: Kept] = [:]
  private var fetches: [Key: Task<WorkloadToken, any Error>] = [:]

  init(identities: any WorkloadIdentities, timeout: Duration, now: @escaping @Sendable () -> Date) {
    self.identities = identities
    self.timeout = timeout
    self.now = now
  }

  /// A token in the first half of its life.
  /// - Throws: what the fetch throws; ``Busy`` where too many are under way; `CancellationError` after the timeout.
  func token(audience: [String], for svid: SVID) async throws -> WorkloadToken {
    let key = Key(id: svid.id, leaf: svid.chain.first ?? [], audience: audience)
    let date = now()
    if let found = kept[key], date < found.fresh { return found.token }
    if let fetch = fetches[key] { return try await fetch.value }
    guard fetches.count < Self.mostFetches else { throw Busy() }
    // A task of its own: it is also for others than the caller who began it.
    let fetch = Task { try await fetched(audience: audience, for: svid) }
    fetches[key] = fetch
    defer { fetches[key] = nil }
    let token = try await fetch.value
    keep(token, as: key, askedAt: date)
    return token
  }

  private func fetched(audience: [String], for svid: SVID) async throws -> WorkloadToken {
    let (identities, timeout) = (identities, timeout)
    return try await withThrowingTaskGroup(of: WorkloadToken.self) { group in
      group.addTask { try await identities.token(audience: audience, for: svid) }
      group.addTask {
        try await Task.sleep(for: timeout)
        throw CancellationError()
      }
      defer { group.cancelAll() }
      guard let token = try await group.next() else { throw CancellationError() }
      return token
    }
  }

  private func keep(_ token: WorkloadToken, as key: Key, askedAt date: Date) {
    if kept.count >= Self.mostTokens { kept = kept.filter { date < $0.value.fresh } }
    if kept.count >= Self.mostTokens, let first = kept.min(by: { $0.value.fresh < $1.value.fresh }) {
      kept[first.key] = nil
    }
    let half = token.expiresAt.timeIntervalSince(date) / 2
    if half > 0 { kept[key] = Kept(token: token, fresh: date.addingTimeInterval(half)) }
  }

  /// Too many fetches are under way.
  struct Busy: Error {}
}
