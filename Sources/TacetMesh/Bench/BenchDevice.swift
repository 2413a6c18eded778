import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
package import TacetIdentity
package import TacetPrivacy
import TacetTransport
import TacetWire

/// A device of a bench: noises made-up activations, and sends each release to the gateway.
package struct BenchDevice: Sendable {
  /// By which door.
  package enum Door: Sendable { case link, grpc }

  /// How a release is paid for.
  package enum Payment: Sendable {
    /// Not at all: the activation is random numbers, and belongs to nobody.
    case none
    /// By a charge that is on the disk before the noise is drawn.
    case durable(PrivacyLedger)
  }

  /// What the exchanges of a measurement took.
  package struct Outcome: Sendable {
    package let latencies: [Duration]
    package let elapsed: Duration
  }

  /// The device's ID.
  package static let path = "camera/bench"

  private let mesh: BenchMesh
  private let identity: MeshIdentity
  private let ports: BenchGateway.Ports

  package init(mesh: BenchMesh, authority: CertificateAuthority, ports: BenchGateway.Ports) throws {
    self.mesh = mesh
    identity = try mesh.identity(Self.path, by: authority)
    self.ports = ports
  }

  /// Exchanges one release after the other for a while, several callers at once.
  /// - Throws: `TransportError`, `LedgerError`, ``MeshError`` for an answer that is not OK.
  package func measure(
    _ door: Door, inFlight: Int, for time: Duration, paying payment: Payment = .none
  ) async throws -> Outcome {
    switch door {
    case .link: try await overLink { try await run(inFlight, time, payment, on: $1, by: $0) }
    case .grpc: try await overGRPC { try await run(inFlight, time, payment, on: nil, by: $0) }
    }
  }

  private typealias Ask = @Sendable (Message) async throws -> Message

  // MARK: Doors

  private func overLink(_ body: (@escaping Ask, any TaskExecutor) async throws -> Outcome) async throws -> Outcome {
    let client = try LinkClient(
      identity: identity, codec: mesh.codec, address: Endpoint(host: "127.0.0.1", port: ports.link),
      expecting: SPIFFEID(trustDomain: identity.svid.id.trustDomain, path: BenchMesh.gateway))
    let outcome = try await body({ try await client.exchange($0, timeout: .seconds(10)) }, client.executor)
    await client.close()
    return outcome
  }

  private func overGRPC(_ body: (@escaping Ask) async throws -> Outcome) async throws -> Outcome {
    let svid = identity.svid
    let transport = try HTTP2ClientTransport.Posix(
      target: .ipv4(address: "127.0.0.1", port: ports.grpc),
      transportSecurity: .mTLS(
        certificateChain: svid.chain.map { .bytes($0, format: .der) },
        privateKey: .bytes(svid.privateKeyPEM.withBytes { Array($0) }, format: .pem)
      ) {
        $0.trustRoots = .certificates(svid.roots.map { .bytes($0, format: .der) })
        $0.serverCertificateVerification = .noHostnameVerification
      })
    return try await withGRPCClient(transport: transport) { client in
      let inference = Tacet_V1_Inference.Client(wrapping: client)
      return try await body { [codec = mesh.codec] message in
        let tensor = try codec.tensor(message)
        return try Message(try await inference.encode { try await $0.write(tensor) })
      }
    }
  }

  // MARK: Callers

  private func run(
    _ inFlight: Int, _ time: Duration, _ payment: Payment, on executor: (any TaskExecutor)?, by ask: @escaping Ask
  ) async throws -> Outcome {
    // The first exchange opens the connection.
    _ = try await exchange(Message(kind: .cover), by: ask)
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + time
    let name = UUID().uuidString
    let latencies = try await withThrowingTaskGroup(of: [Duration].self) { group in
      for caller in 0..<inFlight {
        group.addTask(executorPreference: executor) {
          try await call(until: end, payment, name: "\(name)/\(caller)", by: ask)
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    return Outcome(latencies: latencies, elapsed: clock.now - start)
  }

  private func call(
    until end: ContinuousClock.Instant, _ payment: Payment, name: String, by ask: Ask
  ) async throws -> [Duration] {
    let activation = Self.activation(mesh.dimension)
    var latencies: [Duration] = []
    var begin = ContinuousClock.now
    while begin < end {
      let values = try await release(activation, "\(name)/\(latencies.count)", payment)
      let message = Message(
        kind: .release, step: UInt64(latencies.count), site: "bench",
        payload: .int16(values, shape: [values.count], scale: 1 / Float(mesh.parameters.radius)))
      _ = try await exchange(message, by: ask)
      let now = ContinuousClock.now
      latencies.append(now - begin)
      begin = now
    }
    return latencies
  }

  private func exchange(_ message: Message, by ask: Ask) async throws -> Message {
    let answer = try await ask(message)
    guard answer.status == .ok else { throw MeshError.unavailable("the bench's gateway answers \(answer.status)") }
    return answer
  }

  private func release(
    _ activation: [Float], _ name: @autoclosure () -> String, _ payment: Payment
  ) async throws -> [Int16] {
    guard case .durable(let ledger) = payment else {
      return try Releaser().uncharged(simulationOf: activation, parameters: mesh.parameters)
    }
    let charge = try await ledger.charge(
      device: Self.path, release: name(), parameters: mesh.parameters, dimension: activation.count)
    guard case .granted(let reservation) = consume charge else {
      throw MeshError.unavailable("the bench's budget is spent")
    }
    return try Releaser().release(activation, for: reservation).values
  }

  /// Random numbers with a norm of about 1, so that the clip has something to do half of the time.
  private static func activation(_ dimension: Int) -> [Float] {
    let size = (3 / Float(dimension)).squareRoot()
    return (0..<dimension).map { _ in Float.random(in: -size...size) }
  }
}
