import Dispatch
public import Foundation
import Synchronization
import TacetLog

/// The ledger of what devices have spent: an append-only log, durable before it answers.
///
/// Concurrent charges share one commit: while one transaction is being synced, what arrives waits and goes into the
/// next. Several processes may use one ledger; together they cannot overspend. A crash between the commit and the release
/// wastes budget, never privacy.
public final class PrivacyLedger: Sendable {
  private struct Waiting: Sendable {
    let requests: [LedgerRequest]
    let answer: CheckedContinuation<Result<[LedgerOutcome], LedgerError>, Never>
  }

  private struct Line: Sendable {
    var waiting: [Waiting] = []
    /// The writer is at work, and will come back for what waits.
    var isServed = false
    /// The writer waits until so many wait.
    var awaited: Int?
  }

  /// A commit takes no further callers once it has this many requests.
  private static let fullBatch = 4096

  let store: any LedgerStore
  let signer: NoteSigner
  private let clock: @Sendable () -> UInt64
  private let line = Mutex(Line())
  /// Threads that may block, off the pool that tasks share: one that writes, one that hands out answers meanwhile, one that
  /// reads.
  private let writer = DispatchQueue(label: "tacet.ledger.writer")
  private let answers = DispatchQueue(label: "tacet.ledger.answers")
  private let reader = DispatchQueue(label: "tacet.ledger.reader")
  /// Signalled when as many wait as the writer is waiting for.
  private let gathered = DispatchSemaphore(value: 0)

  /// Opens the ledger in its own folder (`STATE/ledger`: `ledger.sqlite`, `key`, `key.pub`).
  /// - Parameter create: makes the folder (0700), a signing key and the file (0600) when they do not exist.
  /// - Throws: `LedgerError.missing` without `create` when there is none, `corrupt` when the head is not the one that
  ///   was signed, `exposed` when others may read the key, `inputOutput`.
  public static func open(folder: URL, create: Bool) throws(LedgerError) -> PrivacyLedger {
    try open(folder: folder, create: create, indexing: ChargedTail.capacity, clock: systemClock)
  }

  /// Opens a ledger that is kept on a PostgreSQL server; its signing key is in the folder (`STATE/ledger`: `key`, `key.pub`).
  /// Gateways that share the ledger share the key. It blocks until the server answers.
  /// - Parameters:
  ///   - store: where the ledger is.
  ///   - create: makes the folder (0700), a signing key and the tables when they do not exist.
  /// - Throws: as ``open(folder:create:)``, and `LedgerError.unavailable` when the server does not answer, `foreignKey`
  ///   when the ledger is signed with another key.
  public static func open(folder: URL, store: PostgresAddress, create: Bool) throws(LedgerError) -> PrivacyLedger {
    try open(folder: folder, store: store, create: create, clock: systemClock)
  }

  /// Opens a ledger on a PostgreSQL server with another clock, in seconds since 1970.
  package static func open(
    folder: URL, store: PostgresAddress, create: Bool, clock: @escaping @Sendable () -> UInt64
  ) throws(LedgerError) -> PrivacyLedger {
    let files = LedgerFolder(folder: folder)
    if create { try files.createFolder() }
    let signer = try files.signer(create: create)
    let postgres = try PostgresStore(address: store, signer: signer, create: create)
    try postgres.read { tables in
      guard let head = try tables.head(), let note = try? SignedNote(head.checkpoint) else { return }
      do throws(NoteError) {
        try note.verify(by: signer.verifier)
      } catch .unsigned {
        throw LedgerError.foreignKey(path: postgres.path, key: files.key.path)
      } catch {
        // It claims this key and is not by it: opening says what is wrong with the head.
      }
    }
    return try PrivacyLedger(store: postgres, signer: signer, clock: clock)
  }

  /// Opens with another clock.
  /// - Parameters:
  ///   - indexing: in how many charges the index of releases follows the log once.
  ///   - clock: seconds since 1970.
  package static func open(
    folder: URL, create: Bool, indexing: Int = ChargedTail.capacity, clock: @escaping @Sendable () -> UInt64
  ) throws(LedgerError) -> PrivacyLedger {
    let files = LedgerFolder(folder: folder)
    if create {
      try files.create()
    } else if !FileManager.default.fileExists(atPath: files.database.path) {
      throw .missing(path: files.database.path)
    }
    try files.refuseExposed(files.database)
    try files.refuseReadOnly(files.database)
    let signer = try files.signer(create: create)
    return try PrivacyLedger(
      store: try SQLiteStore(file: files.database, signer: signer, create: create, indexing: indexing), signer: signer,
      clock: clock)
  }

  /// Takes a store whose tables exist, and checks that its head is the one that was signed.
  init(store: any LedgerStore, signer: NoteSigner, clock: @escaping @Sendable () -> UInt64) throws(LedgerError) {
    self.store = store
    self.signer = signer
    self.clock = clock
    let path = store.path
    try store.read { tables in
      guard let head = try tables.head() else { throw LedgerError.headless(path: path) }
      try head.check(signer: signer, against: tables, path: path)
    }
  }

  /// Seconds since 1970; a clock before that counts as 1970: windows then never refill.
  static let systemClock: @Sendable () -> UInt64 = { UInt64(max(0, Date().timeIntervalSince1970)) }

  /// Puts a budget in force from now on, in the place of the one of the same kind: a device may have one for a window and
  /// one for its lifetime, and both bind. What was charged before still counts: a new budget forgives nothing.
  /// - Throws: `LedgerError.invalidValue`, `inputOutput`.
  public func setBudget(_ budget: Budget, for device: String) async throws(LedgerError) {
    try LedgerIdentifier.check(device, field: "device name")
    _ = try await submit([LedgerRequest(device: device, action: .setBudget(budget))])
  }

  /// Sends a device to its student: no charge is granted until ``restore(_:by:)``. Durable when this returns.
  /// - Parameters:
  ///   - by: who orders it, a SPIFFE ID; 1 to 2048 bytes.
  ///   - reason: why; 1 to 256 bytes.
  /// - Throws: `LedgerError.invalidValue`, `inputOutput`.
  public func fallBack(_ device: String, by: String, reason: String) async throws(LedgerError) {
    try LedgerIdentifier.check(device, field: "device name")
    try LedgerIdentifier.check(text: by, upTo: 2048, field: "name of who orders it")
    try LedgerIdentifier.check(text: reason, upTo: 256, field: "reason")
    _ = try await submit([LedgerRequest(device: device, action: .fallBack(by: by, reason: reason))])
  }

  /// Lifts the order to fall back, if there is one. Durable when this returns.
  /// - Throws: as ``fallBack(_:by:reason:)``.
  public func restore(_ device: String, by: String) async throws(LedgerError) {
    try LedgerIdentifier.check(device, field: "device name")
    try LedgerIdentifier.check(text: by, upTo: 2048, field: "name of who orders it")
    _ = try await submit([LedgerRequest(device: device, action: .restore(by: by))])
  }

  /// Charges one release of a device to its budgets. The answer comes when it is durable on disk.
  /// - Parameters:
  ///   - release: names the input that is released; the same name is charged once and noised once.
  ///   - dimension: how many numbers are released, from 1 to `Releaser.largestDimension`.
  /// - Throws: `LedgerError` when the ledger could not answer; nothing is granted then. A denial is not an error.
  public func charge(
    device: String, release: String, parameters: ReleaseParameters, dimension: Int
  ) async throws(LedgerError) -> Charge {
    try LedgerIdentifier.check(device, field: "device name")
    let request = try Self.request(device, release, .anyInput(parameters), dimension)
    switch try await submit([request]).first {
    case .granted(let index, let precision, _):
      return .granted(
        Reservation(
          device: device, release: release, index: index, parameters: parameters, dimension: dimension,
          precision: precision))
    case .alreadyCharged(let index, _): return .alreadyCharged(index: index)
    case .exhausted: return .denied(.exhausted)
    case .inFallback(let order, _): return .denied(.fallback(order))
    case .noBudget, .done, nil: return .denied(.noBudget)
    }
  }

  /// Charges one stream window of a device to its budgets, for all its steps at once. The answer comes when it is durable on
  /// disk.
  /// - Parameters:
  ///   - window: names the window; the same name is charged once and streamed once.
  ///   - plan: what bounds the individuals, and how much noise and how many steps there are.
  ///   - dimension: how many numbers each release has, from 1 to `plan.largestDimension`.
  /// - Throws: `LedgerError` when the ledger could not answer; nothing is granted then. A denial is not an error.
  public func charge(
    device: String, window: String, plan: ContributionPlan, dimension: Int
  ) async throws(LedgerError) -> StreamCharge {
    try LedgerIdentifier.check(device, field: "device name")
    guard dimension <= plan.largestDimension else {
      throw .invalidValue(field: "dimension", reason: "it must be at most \(plan.largestDimension) with this filter")
    }
    let request = try Self.request(device, window, .contribution(plan.parameters), dimension)
    switch try await submit([request]).first {
    case .granted(let index, let precision, _):
      return .granted(
        StreamReservation(
          device: device, window: window, index: index, plan: plan, dimension: dimension, precision: precision))
    case .alreadyCharged(let index, _): return .alreadyCharged(index: index)
    case .exhausted: return .denied(.exhausted)
    case .inFallback(let order, _): return .denied(.fallback(order))
    case .noBudget, .done, nil: return .denied(.noBudget)
    }
  }

  /// Charges one sum over windows to a device's budgets, under the unit `contribution`. The answer comes when it is durable on disk.
  /// - Parameters:
  ///   - event: names the release; the same name is charged once and released once.
  ///   - parameters: what bounds the sum, and how much noise it gets.
  ///   - dimension: how many numbers it has.
  /// - Throws: `LedgerError` when the ledger could not answer; nothing is granted then. A denial is not an error.
  public func charge(
    device: String, event: String, parameters: EventSum.Parameters, dimension: Int
  ) async throws(LedgerError) -> EventCharge {
    try LedgerIdentifier.check(device, field: "device name")
    let request = try Self.request(device, event, .contribution(parameters.window), dimension)
    switch try await submit([request]).first {
    case .granted(let index, let precision, _):
      return .granted(
        EventReservation(
          device: device, release: event, index: index, parameters: parameters, dimension: dimension,
          precision: precision))
    case .alreadyCharged(let index, _): return .alreadyCharged(index: index)
    case .exhausted: return .denied(.exhausted)
    case .inFallback(let order, _): return .denied(.fallback(order))
    case .noBudget, .done, nil: return .denied(.noBudget)
    }
  }

  /// Charges several releases of a device in their order, in one commit, for who only keeps the book: without
  /// reservations, so nothing can be released on them in this process.
  /// - Throws: as `charge`; then none was charged.
  package func record(
    device: String, releases: [(release: String, parameters: ReleaseParameters, dimension: Int)]
  ) async throws(LedgerError) -> [ChargeReceipt] {
    try await record(device: device, charges: releases.map { ($0.release, .anyInput($0.parameters), $0.dimension) })
  }

  /// The same for charges of any unit.
  /// - Throws: as `charge`; then none was charged.
  package func record(
    device: String, charges: [(release: String, mechanism: Mechanism, dimension: Int)]
  ) async throws(LedgerError) -> [ChargeReceipt] {
    try LedgerIdentifier.check(device, field: "device name")
    var requests: [LedgerRequest] = []
    for (release, mechanism, dimension) in charges {
      requests.append(try Self.request(device, release, mechanism, dimension))
    }
    let outcomes = try await submit(requests)
    // Denials leave the budgets as they are: one computation of what is left serves them all.
    var remaining: [BudgetsLeft: BudgetsLeft.Figures] = [:]
    return zip(charges, outcomes).map { ChargeReceipt(release: $0.release, outcome: $1, remaining: &remaining) }
  }

  /// Checks a release before it is charged.
  /// - Throws: `LedgerError.invalidValue`.
  package static func check(release: String, dimension: Int) throws(LedgerError) {
    try LedgerIdentifier.check(release, field: "release ID")
    guard (1...Releaser.largestDimension).contains(dimension) else {
      throw .invalidValue(field: "dimension", reason: "it must be from 1 to \(Releaser.largestDimension)")
    }
  }

  private static func request(
    _ device: String, _ release: String, _ mechanism: Mechanism, _ dimension: Int
  ) throws(LedgerError) -> LedgerRequest {
    try check(release: release, dimension: dimension)
    let charge = LedgerRequest.Charge(release: release, mechanism: mechanism, dimension: UInt64(dimension))
    return LedgerRequest(device: device, action: .charge(charge))
  }

  /// Seconds since 1970 by the ledger's clock.
  func currentTime() -> UInt64 { clock() }

  /// Reads in one consistent snapshot, off the pool of tasks.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (any LedgerTables) throws -> Value
  ) async throws(LedgerError) -> Value {
    let result = await withCheckedContinuation { continuation in
      reader.async { [store] in
        continuation.resume(returning: Result { () throws(LedgerError) in try store.read(body) })
      }
    }
    return try result.get()
  }

  private func submit(_ requests: [LedgerRequest]) async throws(LedgerError) -> [LedgerOutcome] {
    let result = await withCheckedContinuation { answer in
      let (wasServed, isAwaited) = line.withLock { line in
        line.waiting.append(Waiting(requests: requests, answer: answer))
        let isAwaited = line.awaited.map { line.waiting.count >= $0 } ?? false
        if isAwaited { line.awaited = nil }
        defer { line.isServed = true }
        return (line.isServed, isAwaited)
      }
      if isAwaited { gathered.signal() }
      // Not bound to the caller's task: its cancellation must not leave others without an answer.
      if !wasServed { writer.async { self.serve() } }
    }
    return try result.get()
  }

  /// On the writer's thread: commits what waits, until nothing does.
  private func serve() {
    var patience = Patience()
    while let batch = nextBatch() {
      let start = DispatchTime.now()
      let result = Self.commit(batch.flatMap(\.requests), now: clock(), to: store, signer: signer)
      let moment = patience.next(afterCommitSince: start, of: batch.count)
      if let moment {
        // There is nothing else to do meanwhile.
        expect(batch.count)
        Self.answer(batch, with: result)
        patience.wasRewarded(gather(for: moment))
      } else if batch.count == 1 {
        // Waking another thread would take longer than to answer.
        Self.answer(batch, with: result)
      } else {
        answers.async { Self.answer(batch, with: result) }
      }
    }
  }

  private static func answer(_ batch: [Waiting], with result: Result<[LedgerOutcome], LedgerError>) {
    var start = 0
    for caller in batch {
      let range = start..<start + caller.requests.count
      start = range.upperBound
      // The commit answers each request, in order.
      caller.answer.resume(returning: result.map { Array($0[range]) })
    }
  }

  /// How long the writer waits for those that it has just answered to come back, so that they share the next commit with
  /// those that came meanwhile: a fraction of what a commit takes, and not at all for some time after it was in vain.
  private struct Patience {
    private var skipped = 0

    mutating func next(afterCommitSince start: DispatchTime, of callers: Int) -> DispatchTimeInterval? {
      skipped -= 1
      guard callers > 1, skipped < 0 else { return nil }
      let taken = DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds
      return .nanoseconds(Int(min(taken / 4, 300_000)))
    }

    mutating func wasRewarded(_ came: Bool) {
      if !came { skipped = 16 }
    }
  }

  /// Says whom ``gather(for:)`` will wait for: so many more than wait now.
  private func expect(_ callers: Int) {
    line.withLock { $0.awaited = $0.waiting.count + callers }
  }

  /// Waits until those that are expected are there, or a moment has passed; whether they came.
  private func gather(for moment: DispatchTimeInterval) -> Bool {
    if gathered.wait(timeout: .now() + moment) == .success { return true }
    let cameLate = line.withLock { line in
      defer { line.awaited = nil }
      return line.awaited == nil
    }
    // The signal is on its way: it must not be there at the next wait.
    if cameLate { gathered.wait() }
    return cameLate
  }

  /// Takes whom the next commit serves; nil, and the line is closed, when nobody waits.
  private func nextBatch() -> [Waiting]? {
    line.withLock { line in
      line.isServed = !line.waiting.isEmpty
      guard line.isServed else { return nil }
      var count = 0
      let batch = Array(
        line.waiting.prefix { caller in
          defer { count += caller.requests.count }
          return count < Self.fullBatch
        })
      line.waiting.removeFirst(batch.count)
      return batch
    }
  }

  private static func commit(
    _ requests: [LedgerRequest], now: UInt64, to store: any LedgerStore, signer: NoteSigner
  ) -> Result<[LedgerOutcome], LedgerError> {
    do throws(LedgerError) {
      return .success(
        try store.transact { tables in
          guard let head = try tables.head() else { throw LedgerError.headless(path: store.path) }
          var transaction = LedgerTransaction(
            head: head, devices: try tables.devices(Set(requests.map(\.device))),
            charged: try tables.charged(requests.compactMap(\.charged)), now: now)
          let outcomes = try requests.map { try transaction.apply($0, spentBefore: tables.spent(by:since:)) }
          // Nothing is written when nothing was appended.
          guard !transaction.changes.leaves.isEmpty else { return (outcomes, nil) }
          var changes = transaction.changes
          try changes.head.sign(with: signer)
          return (outcomes, changes)
        })
    } catch {
      return .failure(error)
    }
  }
}

extension LedgerError {
  /// The row that holds the head is missing or malformed.
  static func headless(path: String) -> LedgerError {
    .corrupt(path: path, reason: "the head of the log is missing or malformed")
  }
}
