import Dispatch
public import Foundation
import TacetLog

/// The ledger of what devices have spent: an append-only log, durable before it answers.
///
/// Concurrent charges share one commit: while one transaction is being synced, what arrives waits and goes into the
/// next. Several processes may use one ledger; together they cannot overspend. A crash between the commit and the release
/// wastes budget, never privacy.
public actor PrivacyLedger {
  private struct Waiting {
    let requests: [LedgerRequest]
    let answer: CheckedContinuation<Result<[LedgerOutcome], LedgerError>, Never>
  }

  /// A commit takes no further callers once it has this many requests.
  private static let fullBatch = 512

  let store: LedgerStore
  private let clock: @Sendable () -> UInt64
  private let writer = DispatchQueue(label: "tacet.ledger.writer")
  private var waiting: [Waiting] = []
  private var isWriting = false

  /// Opens the ledger in its own folder (`STATE/ledger`: `ledger.sqlite`, `key`, `key.pub`).
  /// - Parameter create: makes the folder (0700), a signing key and the file (0600) when they do not exist.
  /// - Throws: `LedgerError.missing` without `create` when there is none, `corrupt` when the head is not the one that
  ///   was signed, `exposed` when others may read the key, `inputOutput`.
  public static func open(folder: URL, create: Bool) throws(LedgerError) -> PrivacyLedger {
    try open(folder: folder, create: create) {
      // A clock before 1970 counts as 1970: windows then never refill.
      UInt64(max(0, Date().timeIntervalSince1970))
    }
  }

  /// Opens with another clock.
  /// - Parameter clock: seconds since 1970.
  package static func open(
    folder: URL, create: Bool, clock: @escaping @Sendable () -> UInt64
  ) throws(LedgerError) -> PrivacyLedger {
    let files = LedgerFolder(folder: folder)
    if create {
      try files.create()
    } else if !FileManager.default.fileExists(atPath: files.database.path) {
      throw .missing(path: files.database.path)
    }
    try files.refuseExposed(files.database)
    let signer = try files.signer(create: create)
    return PrivacyLedger(
      store: try LedgerStore(file: files.database, signer: signer, create: create), clock: clock)
  }

  private init(store: LedgerStore, clock: @escaping @Sendable () -> UInt64) {
    self.store = store
    self.clock = clock
  }

  /// Puts a budget in force from now on. What was charged before still counts: a new budget forgives nothing.
  /// - Throws: `LedgerError.invalidIdentifier`, `inputOutput`.
  public func setBudget(_ budget: Budget, for device: String) async throws(LedgerError) {
    try LedgerIdentifier.check(device, field: "device name")
    _ = try await submit([LedgerRequest(device: device, action: .setBudget(budget))])
  }

  /// Charges one release of a device to its budget. The answer comes when it is durable on disk.
  /// - Parameter release: names the input that is released; the same name is charged once and noised once.
  /// - Throws: `LedgerError` when the ledger could not answer; nothing is granted then. A denial is not an error.
  public func charge(
    device: String, release: String, parameters: ReleaseParameters
  ) async throws(LedgerError) -> Charge {
    try LedgerIdentifier.check(device, field: "device name")
    try LedgerIdentifier.check(release, field: "release ID")
    let request = LedgerRequest(device: device, action: .charge(release: release, parameters: parameters))
    switch try await submit([request]).first {
    case .granted(let index, let state):
      return .granted(
        Reservation(
          device: device, release: release, index: index, parameters: parameters,
          remainingEpsilon: state.remainingEpsilon))
    case .alreadyCharged(let index, let state):
      return .alreadyCharged(index: index, remainingEpsilon: state.remainingEpsilon)
    case .exhausted(let state):
      return .denied(.exhausted(remainingEpsilon: state.remainingEpsilon))
    case .noBudget, .budgetInForce, nil:
      return .denied(.noBudget)
    }
  }

  /// Charges several releases of a device in their order, in one commit, for who only keeps the book: without
  /// reservations, so nothing can be released on them in this process.
  /// - Throws: as `charge`; then none was charged.
  package func record(
    device: String, releases: [(release: String, parameters: ReleaseParameters)]
  ) async throws(LedgerError) -> [ChargeReceipt] {
    try LedgerIdentifier.check(device, field: "device name")
    var requests: [LedgerRequest] = []
    for (release, parameters) in releases {
      try LedgerIdentifier.check(release, field: "release ID")
      requests.append(LedgerRequest(device: device, action: .charge(release: release, parameters: parameters)))
    }
    let outcomes = try await submit(requests)
    // Denials leave the sum as it is: one computation of what is left serves them all.
    var remaining: [UInt64: Double] = [:]
    return zip(releases, outcomes).map { ChargeReceipt(release: $0.release, outcome: $1, remaining: &remaining) }
  }

  /// Checks a release ID before it is charged.
  /// - Throws: `LedgerError.invalidIdentifier`.
  package static func checkRelease(_ release: String) throws(LedgerError) {
    try LedgerIdentifier.check(release, field: "release ID")
  }

  /// Seconds since 1970 by the ledger's clock.
  func currentTime() -> UInt64 { clock() }

  private func submit(_ requests: [LedgerRequest]) async throws(LedgerError) -> [LedgerOutcome] {
    let result = await withCheckedContinuation { answer in
      waiting.append(Waiting(requests: requests, answer: answer))
      if !isWriting {
        isWriting = true
        // Not a child of the caller: its cancellation must not leave others without an answer.
        Task { await self.writeAll() }
      }
    }
    return try result.get()
  }

  private func writeAll() async {
    while !waiting.isEmpty {
      let batch = nextBatch()
      let now = clock()
      let result = await withCheckedContinuation { continuation in
        writer.async { [store] in
          continuation.resume(returning: Self.commit(batch.flatMap(\.requests), now: now, to: store))
        }
      }
      var start = 0
      for caller in batch {
        let range = start..<start + caller.requests.count
        start = range.upperBound
        // The store answers each request, in order.
        caller.answer.resume(returning: result.map { Array($0[range]) })
      }
    }
    isWriting = false
  }

  private func nextBatch() -> [Waiting] {
    var count = 0
    let batch = waiting.prefix { caller in
      defer { count += caller.requests.count }
      return count < Self.fullBatch
    }
    waiting.removeFirst(batch.count)
    return Array(batch)
  }

  private static func commit(
    _ requests: [LedgerRequest], now: UInt64, to store: LedgerStore
  ) -> Result<[LedgerOutcome], LedgerError> {
    do throws(LedgerError) {
      return .success(try store.commit(requests, now: now))
    } catch {
      return .failure(error)
    }
  }
}
