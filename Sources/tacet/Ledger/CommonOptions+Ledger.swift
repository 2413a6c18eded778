import Foundation

extension CommonOptions {
  /// The ledger's folder in the state folder.
  var ledgerFolder: URL { stateFolder.appendingPathComponent("ledger", isDirectory: true) }
}
