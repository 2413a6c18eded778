internal import GRPCCore

/// Turns away every request without `workload.spiffe.io: true`, which a request forged through somebody else's server would not
/// have (SPIFFE Workload Endpoint §3).
struct SecurityHeader: ServerInterceptor {
  static let name = "workload.spiffe.io"

  func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingServerRequest<Input>, context: ServerContext,
    next:
      @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
  ) async throws -> StreamingServerResponse<Output> {
    let values = Array(request.metadata[stringValues: Self.name])
    guard !values.isEmpty, values.allSatisfy({ $0 == "true" }) else {
      throw RPCError(code: .invalidArgument, message: "the metadata \(Self.name): true is missing")
    }
    return try await next(request, context)
  }
}
