import ServiceLifecycle

/// Something a node does beside its doors; a graceful shutdown cancels it.
struct Activity: Service {
  /// Whether the node stops when this is done.
  let endsNode: Bool
  private let body: @Sendable () async throws -> Void

  init(endsNode: Bool, body: @escaping @Sendable () async throws -> Void) {
    self.endsNode = endsNode
    self.body = body
  }

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown { [body] in try await body() }
    } catch is CancellationError {
      // Asked to stop: done.
    }
  }
}
