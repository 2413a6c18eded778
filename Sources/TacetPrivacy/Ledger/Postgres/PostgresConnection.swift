import CPostgres
import Foundation

/// One connection to a PostgreSQL server. It blocks, and never for longer than its timeouts.
final class PostgresConnection {
  private let connection: OpaquePointer
  private let address: PostgresAddress

  /// How long an answer may take. The server gives up a little earlier, so that a slow one says why.
  static let answerSeconds = 20

  /// Of the session: the server stops what takes too long, and ends the transaction of a gateway that fell silent while
  /// others wait for it.
  private static let session = """
    SET statement_timeout = '15s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s';
    SET synchronous_commit = on; SET bytea_output = hex; SET client_min_messages = error;
    """

  init(_ address: PostgresAddress) throws(PostgresFailure) {
    self.address = address
    let names = address.parameters.keys.sorted()
    let opened = Self.withCStrings(names) { keywords in
      Self.withCStrings(names.map { address.parameters[$0] }) { PQconnectdbParams(keywords, $0, 0) }
    }
    guard let opened else { throw .lost("libpq has no memory") }
    connection = opened
    guard PQstatus(connection) == CONNECTION_OK else {
      throw .lost(address.redact(String(cString: PQerrorMessage(connection))))
    }
    // Notices would go to standard error.
    PQsetNoticeReceiver(connection, { _, _ in }, nil)
    try run(Self.session)
  }

  deinit { PQfinish(connection) }

  /// Whether the connection stands and is not in a transaction.
  var isIdle: Bool {
    PQstatus(connection) == CONNECTION_OK && PQtransactionStatus(connection) == PQTRANS_IDLE
  }

  /// Runs statements without values and answers the rows of the last.
  @discardableResult
  func run(_ statements: String) throws(PostgresFailure) -> PostgresRows {
    guard PQsendQuery(connection, statements) == 1 else { throw lost() }
    return try answer()
  }

  /// Runs one statement with values in text format for `$1`, `$2`, ….
  @discardableResult
  func run(_ statement: String, _ values: [String]) throws(PostgresFailure) -> PostgresRows {
    let sent = Self.withCStrings(values) {
      PQsendQueryParams(connection, statement, Int32(values.count), nil, $0, nil, nil, 0)
    }
    guard sent == 1 else { throw lost() }
    return try answer()
  }

  /// Waits for all results: the last, or the first failure.
  private func answer() throws(PostgresFailure) -> PostgresRows {
    let deadline = ContinuousClock.now + .seconds(Self.answerSeconds)
    var last: PostgresRows?
    var failure: PostgresFailure?
    while true {
      try wait(until: deadline)
      guard let result = PQgetResult(connection) else { break }
      switch PQresultStatus(result) {
      case PGRES_COMMAND_OK, PGRES_TUPLES_OK: last = PostgresRows(owning: result)
      default:
        failure = failure ?? refusal(result)
        PQclear(result)
      }
    }
    if let failure { throw failure }
    guard let last else { throw lost() }
    return last
  }

  private func wait(until deadline: ContinuousClock.Instant) throws(PostgresFailure) {
    while PQisBusy(connection) == 1 {
      let left = (deadline - .now) / .milliseconds(1)
      guard left > 0 else { throw .lost("the server did not answer in \(Self.answerSeconds) s") }
      var ready = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
      _ = poll(&ready, 1, Int32(left) + 1)
      if ready.revents != 0, PQconsumeInput(connection) == 0 { throw lost() }
    }
  }

  private func lost() -> PostgresFailure {
    let reason = address.redact(String(cString: PQerrorMessage(connection)))
    return .lost(reason.isEmpty ? "the connection was lost" : reason)
  }

  /// The server's words, without the detail: that repeats values.
  private func refusal(_ result: OpaquePointer) -> PostgresFailure {
    // PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY; without a state it is libpq itself that failed.
    guard PQstatus(connection) == CONNECTION_OK, let state = PQresultErrorField(result, Int32(UInt8(ascii: "C")))
    else { return lost() }
    let message = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? ""
    return .refused(state: String(cString: state), message: address.redact(message))
  }

  /// A null-terminated array of C strings for the time of a call.
  private static func withCStrings<Value>(
    _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
  ) -> Value {
    let copies = texts.map { $0.map { strdup($0) } ?? nil }
    defer { copies.forEach { free($0) } }
    let pointers = copies.map { $0.map { UnsafePointer($0) } } + [nil]
    return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
