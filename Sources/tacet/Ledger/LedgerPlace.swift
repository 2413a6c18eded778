import ArgumentParser
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
  func address() throws(LedgerError) -> PostgresAddress? {
    guard let store else { return nil }
    return try PostgresAddress(store)
  }

  /// Opens the ledger for charging.
  func open(in common: CommonOptions, create: Bool) throws(LedgerError) -> PrivacyLedger {
    guard let address = try address() else {
      return try PrivacyLedger.open(folder: common.ledgerFolder, create: create)
    }
    return try PrivacyLedger.open(folder: common.ledgerFolder, store: address, create: create)
  }
}
