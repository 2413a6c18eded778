import ArgumentParser
import Foundation
import TacetPrivacy

/// Where a ledger is kept: in the state folder, or on a PostgreSQL server.
struct LedgerPlace: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A PostgreSQL server that keeps the ledger instead of a file in the state folder; the signing key stays there.",
      discussion: """
        An address postgres://user@host:port/database. Lists of processes show it: give a password by PGPASSWORD or \
        ~/.pgpass instead. To another host sslmode is verify-full, unless the address says otherwise.
        """, valueName: "url"))
  var store: String?

  /// The address; nil for the file in the state folder.
  private func address() throws -> PostgresAddress? {
    guard let store else { return nil }
    do {
      return try PostgresAddress(store)
    } catch {
      throw LedgerFailure.usage("--store: \(error)")
    }
  }

  /// Opens the ledger for charging.
  func open(in common: CommonOptions, create: Bool) throws -> PrivacyLedger {
    try open(folder: common.ledgerFolder, create: create)
  }

  /// Opens the ledger whose key, and whose file unless it is on a server, is in `folder`.
  func open(folder: URL, create: Bool) throws -> PrivacyLedger {
    guard let address = try address() else { return try PrivacyLedger.open(folder: folder, create: create) }
    return try PrivacyLedger.open(folder: folder, store: address, create: create)
  }

  /// The ledger for reading, without its keys.
  func source(in common: CommonOptions) throws -> any LedgerSource {
    guard let address = try address() else { return try LedgerFile(file: common.ledgerFile) }
    return try PostgresLedger(address)
  }
}
