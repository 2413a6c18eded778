import CPostgres
import Foundation

/// Where a ledger is kept on a PostgreSQL server: a `postgres://` or `postgresql://` address, as libpq reads it.
///
/// A password in it is never shown. To a host that is not this machine the connection is encrypted and the server's
/// certificate verified (`sslmode=verify-full`), unless the address or `PGSSLMODE` says otherwise.
public struct PostgresAddress: Sendable, CustomStringConvertible {
  /// The address without its password and without its parameters: what errors and logs call the ledger.
  public let description: String
  /// What libpq is given, name and value.
  let parameters: [String: String]

  /// Reads an address.
  /// - Throws: `LedgerError.invalidValue`, which does not repeat the address: it may have a password.
  public init(_ address: String) throws(LedgerError) {
    let given = try Self.parse(address)
    description = Self.shown(given)
    parameters = Self.defaults(for: given).merging(given) { $1 }
      .merging(["client_encoding": "UTF8", "fallback_application_name": "tacet"]) { $1 }
  }

  /// A text of libpq in which the password, should it be there, is not.
  func redact(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let secrets = [parameters["password"], ProcessInfo.processInfo.environment["PGPASSWORD"]]
    return secrets.compactMap { $0 }.filter { !$0.isEmpty }.reduce(line) {
      $0.replacingOccurrences(of: $1, with: "***")
    }
  }

  private static func parse(_ address: String) throws(LedgerError) -> [String: String] {
    guard ["postgres://", "postgresql://"].contains(where: address.hasPrefix), !address.utf8.contains(0),
      let options = PQconninfoParse(address, nil)
    else {
      throw .invalidValue(
        field: "store", reason: "it is not an address postgres://user@host:port/database that libpq can read")
    }
    defer { PQconninfoFree(options) }
    var given: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { given[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    return given
  }

  private static func defaults(for given: [String: String]) -> [String: String] {
    var defaults = [
      "connect_timeout": "5", "keepalives": "1", "keepalives_idle": "10", "keepalives_interval": "5",
      "keepalives_count": "3", "tcp_user_timeout": "15000",
    ]
    let environment = ProcessInfo.processInfo.environment
    let hosts = [given["host"] ?? environment["PGHOST"], given["hostaddr"] ?? environment["PGHOSTADDR"]]
      .compactMap { $0 }.flatMap { $0.split(separator: ",") }
    let isLocal = hosts.allSatisfy { $0.hasPrefix("/") || ["localhost", "127.0.0.1", "::1"].contains($0) }
    // A service file may name any host.
    let namesService = given["service"] != nil || environment["PGSERVICE"] != nil
    if environment["PGSSLMODE"] == nil, !isLocal || namesService { defaults["sslmode"] = "verify-full" }
    return defaults
  }

  private static func shown(_ given: [String: String]) -> String {
    let host = given["host"] ?? given["hostaddr"] ?? ""
    let isFolder = host.hasPrefix("/")
    return "postgres://" + (given["user"].map { "\($0)@" } ?? "") + (isFolder ? "" : host)
      + (given["port"].map { ":\($0)" } ?? "") + "/" + (given["dbname"] ?? "") + (isFolder ? "?host=\(host)" : "")
  }
}
