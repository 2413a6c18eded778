import Foundation

extension CommonOptions {
  /// The ledger's folder in the state folder.
  var ledgerFolder: URL { stateFolder.appendingPathComponent("ledger", isDirectory: true) }

  /// The ledger's file in it.
  var ledgerFile: URL { ledgerFolder.appendingPathComponent("ledger.sqlite") }
}
