import Foundation

/// A connection that is made when it is needed, and anew when it was lost.
///
/// `@unchecked Sendable`: `connection`, its one mutable part, is touched between `lock.lock()` and `lock.unlock()` of
/// ``use(_:)`` only, and does not leave it.
final class PostgresSession: @unchecked Sendable {
  let path: String
  private let address: PostgresAddress
  private let lock = NSLock()
  private var connection: PostgresConnection?

  /// A conflict with other transactions is tried so often.
  private static let maximumAttempts = 3

  init(_ address: PostgresAddress) {
    self.address = address
    path = address.description
  }

  /// Runs `body`, which is given the rows that answer `begin`, between that and COMMIT. What fails before the COMMIT is sent
  /// has no effect; when its answer is lost, the caller must not take it for done.
  func transact<Value>(
    _ begin: String, _ body: (PostgresConnection, PostgresRows) throws -> Value
  ) throws(LedgerError) -> Value {
    var attempt = 1
    while true {
      do {
        return try use(begin) { connection, opened in
          let value = try body(connection, opened)
          try connection.run("COMMIT")
          return value
        }
      } catch let error as LedgerError {
        throw error
      } catch let failure as PostgresFailure {
        guard failure.isTransient, attempt < Self.maximumAttempts else { throw failure.error(at: path) }
        attempt += 1
      } catch {
        throw .inputOutput(path: path, reason: "\(error)")
      }
    }
  }

  private func use<Value>(
    _ begin: String, _ body: (PostgresConnection, PostgresRows) throws -> Value
  ) throws -> Value {
    lock.lock()
    defer { lock.unlock() }
    let (connection, opened) = try began(begin)
    do {
      return try body(connection, opened)
    } catch {
      _ = try? connection.run("ROLLBACK")
      if !connection.isIdle { self.connection = nil }
      throw error
    }
  }

  /// A connection inside a transaction. One that was idle may have been lost meanwhile: nothing was asked of it yet, so it
  /// is made anew.
  private func began(_ begin: String) throws -> (PostgresConnection, PostgresRows) {
    if let connection {
      do {
        return (connection, try connection.run(begin))
      } catch let failure as PostgresFailure {
        _ = try? connection.run("ROLLBACK")
        guard !connection.isIdle else { throw failure }
        self.connection = nil
      }
    }
    let fresh = try PostgresConnection(address)
    let opened = try fresh.run(begin)
    connection = fresh
    return (fresh, opened)
  }
}
