import PostgresServer
import Testing

/// What keeps the ledger of a test.
enum StoreKind {
  case sqlite
  case postgres

  @TaskLocal static var current = StoreKind.sqlite
}

/// Runs each test of a suite once on each store; a sandbox made inside takes the one that is current. Without a server's
/// programs on this machine there is only the file.
struct EachStore: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await function()
    guard testCase != nil, PostgresCluster.programs != nil else { return }
    try await StoreKind.$current.withValue(.postgres) { try await function() }
  }
}

extension Trait where Self == EachStore {
  /// Runs each test once on each store.
  static var eachStore: Self { Self() }
}
