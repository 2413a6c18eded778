import UnixSignals

/// Ctrl-C as cancellation: what runs gets the chance to stop its processes and remove its folders.
enum Interruption {
  /// Runs `body`; SIGINT or SIGTERM cancels it.
  /// - Throws: `CancellationError` after a signal, once `body` has ended; else what `body` throws.
  static func cancels<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        for await _ in signals { return nil }
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let result = first else {
        group.cancelAll()
        try await group.waitForAll()
        throw CancellationError()
      }
      return result
    }
  }
}
