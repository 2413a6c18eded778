import Foundation
import GRDB
import PostgresServer
import Synchronization

@testable import TacetPrivacy

/// A ledger of its own for one test, in a folder that is removed afterwards or on the throw-away server, and a clock to turn
/// by hand.
final class LedgerSandbox: Sendable {
  let folder: URL
  /// The schema on the server; nil for a file.
  let store: Result<PostgresAddress, any Error>?
  private let seconds = Mutex<UInt64>(1_000_000)

  init() {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-ledger-\(UUID().uuidString)")
    store =
      StoreKind.current == .sqlite ? nil : Result { try PostgresAddress(PostgresCluster.shared.get().freshAddress()) }
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  var file: URL { folder.appendingPathComponent("ledger.sqlite") }

  func setClock(_ value: UInt64) {
    seconds.withLock { $0 = value }
  }

  func open(create: Bool = true, indexing: Int = ChargedTail.capacity) throws -> PrivacyLedger {
    if let store {
      return try PrivacyLedger.open(folder: folder, store: store.get(), create: create) { self.seconds.withLock { $0 } }
    }
    return try PrivacyLedger.open(folder: folder, create: create, indexing: indexing) { self.seconds.withLock { $0 } }
  }
}

extension LedgerSandbox {
  /// Its ledger for reading only.
  func source() throws -> any LedgerSource {
    if let store { try PostgresLedger(store.get()) } else { try LedgerFile(file: file) }
  }

  /// Lets nobody commit until it is released, as another process in the middle of a commit would.
  func holdWriter() throws -> HeldWriter {
    if let store { try HeldWriter(server: store.get()) } else { try HeldWriter(file: file) }
  }
}

/// Another writer's transaction, which is not yet over.
struct HeldWriter {
  /// Ends it.
  let release: () throws -> Void

  init(file: URL) throws {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let queue = try DatabaseQueue(path: file.path, configuration: configuration)
    try queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    release = { try queue.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") } }
  }

  init(server: PostgresAddress) throws {
    let connection = try PostgresConnection(server)
    try connection.run("BEGIN; SELECT id FROM tacet_head FOR UPDATE")
    release = { try connection.run("ROLLBACK") }
  }
}

extension LedgerSource {
  /// How many commits wrote entries.
  func commits() throws(LedgerError) -> Int {
    try examine { snapshot in
      var count = 0
      try snapshot.forEachBundle { _, _ in count += 1 }
      return count
    }
  }
}

/// A charge that can be compared.
enum Answer: Hashable {
  case granted(UInt64)
  case already(UInt64)
  case exhausted
  case noBudget
  case fallback

  init(_ charge: consuming Charge) {
    switch consume charge {
    case .granted(let reservation): self = .granted(reservation.index)
    case .alreadyCharged(let index): self = .already(index)
    case .denied(.exhausted): self = .exhausted
    case .denied(.noBudget): self = .noBudget
    case .denied(.fallback): self = .fallback
    }
  }

  var isGranted: Bool { if case .granted = self { true } else { false } }
}

extension PrivacyLedger {
  /// Charges and keeps only what can be compared.
  func answer(_ device: String, _ release: String, _ parameters: ReleaseParameters) async throws(LedgerError) -> Answer
  {
    Answer(try await charge(device: device, release: release, parameters: parameters, dimension: 16))
  }
}
