import TacetIdentity
import TacetMesh
import TacetTransport
import TacetWire
import Testing

/// Runs a link server for the time of a test.
func withLinkServer<Result: Sendable>(
  _ mesh: TestMesh, door: TestDoor = TestDoor(), codec: MessageCodec, port: Int = 0,
  limits: TransportLimits = TransportLimits(), clock: TestClock = TestClock(),
  departures: Departures = Departures(.atOnce),
  _ body: (LinkServer, Endpoint) async throws -> Result
) async throws -> Result {
  try await withLinkServer(
    mesh.identity("gateway/g1", clock: clock), door: door, codec: codec, port: port, limits: limits,
    departures: departures, body)
}

/// The same for a server of any identity.
func withLinkServer<Result: Sendable>(
  _ identity: MeshIdentity, door: TestDoor = TestDoor(), codec: MessageCodec, port: Int = 0,
  limits: TransportLimits = TransportLimits(), departures: Departures = Departures(.atOnce),
  _ body: (LinkServer, Endpoint) async throws -> Result
) async throws -> Result {
  let server = try LinkServer(
    identity: identity, codec: codec, door: door, departures: departures,
    address: Endpoint(host: "127.0.0.1", port: port), limits: limits)
  let task = Task { try await server.run() }
  do {
    let result = try await body(server, Endpoint(host: "127.0.0.1", port: server.boundPort))
    task.cancel()
    _ = await task.result
    return result
  } catch {
    task.cancel()
    _ = await task.result
    throw error
  }
}

/// What a refused exchange throws; nil when there was an answer.
func failure(
  of client: LinkClient, _ message: Message = Message(kind: .cover),
  timeout: Duration = .seconds(5)
) async -> TransportError? {
  do throws(TransportError) {
    _ = try await client.exchange(message, timeout: timeout)
    return nil
  } catch {
    return error
  }
}

/// Waits until something holds, at most two seconds.
func eventually(_ holds: () -> Bool) async -> Bool {
  let end = ContinuousClock.now + .seconds(20)
  while ContinuousClock.now < end {
    if holds() { return true }
    try? await Task.sleep(for: .milliseconds(10))
  }
  return holds()
}
