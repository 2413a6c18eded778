import Foundation
package import TacetIdentity
import TacetTransport
import TacetWire

/// Devices by the thousand, each with a certificate and a link of its own to the one gateway.
package struct BenchFleet: Sendable {
  /// What the fleet's exchanges took, and what they took of the gateway.
  package struct Outcome: Sendable {
    /// From request to answer, the gateway's beat included.
    package let latencies: [Duration]
    /// How many were not answered.
    package let failed: Int
    package let elapsed: Duration
    /// Processor time of the gateway's process.
    package let processor: Duration
  }

  /// So many handshakes at once; each must be done within the gateway's limit.
  private static let handshakes = 32
  private static let timeout = Duration.seconds(10)

  private let links: [LinkClient]
  /// Asks the gateway what it takes.
  private let overseer: LinkClient

  /// Issues a certificate for each device; nothing is connected.
  package init(
    of agents: Int, mesh: BenchMesh, authority: CertificateAuthority, ports: BenchGateway.Ports,
    progress: (Int) -> Void
  ) throws {
    let address = Endpoint(host: "127.0.0.1", port: ports.link)
    let gateway = try SPIFFEID(trustDomain: authority.trustDomain, path: BenchMesh.gateway)
    let link = { (path: String) in
      try LinkClient(
        identity: try mesh.identity(path, by: authority), codec: mesh.codec, address: address, expecting: gateway)
    }
    overseer = try link(BenchDevice.path)
    links = try (0..<agents).map { number in
      progress(number)
      return try link("camera/agent-\(number)")
    }
  }

  /// What the gateway's process has used until now.
  package func gatewayUse() async throws -> ProcessUse {
    let answer = try await overseer.exchange(Message(kind: .status), timeout: Self.timeout)
    guard let use = ProcessUse(answer.detail) else { throw MeshError.unavailable("the bench's gateway does not say") }
    return use
  }

  /// Connects all devices, each with one message, and leaves them connected.
  package func connect(progress: @escaping @Sendable (Int) -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, link) in links.enumerated() {
        if number >= Self.handshakes { try await group.next() }
        progress(number)
        group.addTask { _ = try await link.exchange(Message(kind: .cover), timeout: Self.timeout) }
      }
      try await group.waitForAll()
    }
  }

  /// Each device sends one message a period, at a moment of its own.
  package func beat(period: Duration, for time: Duration) async throws -> Outcome {
    let start = ContinuousClock.now
    let before = try await gatewayUse()
    let results = await withTaskGroup(of: [Duration?].self) { group in
      for (number, link) in links.enumerated() {
        let first = start + period * (Double(number) / Double(links.count))
        group.addTask { await Self.beat(link, from: first, period: period, until: start + time) }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    let after = try await gatewayUse()
    let latencies = results.compactMap { $0 }
    return Outcome(
      latencies: latencies, failed: results.count - latencies.count, elapsed: .now - start,
      processor: after.processor - before.processor)
  }

  private static func beat(
    _ link: LinkClient, from first: ContinuousClock.Instant, period: Duration, until end: ContinuousClock.Instant
  ) async -> [Duration?] {
    var latencies: [Duration?] = []
    var next = first
    while next < end {
      try? await Task.sleep(until: next, clock: .continuous)
      let begin = ContinuousClock.now
      let answer = try? await link.exchange(Message(kind: .cover), timeout: timeout)
      latencies.append(answer.map { _ in .now - begin })
      next += period
    }
    return latencies
  }

  /// Disconnects all.
  package func close() async {
    for link in links + [overseer] { await link.close() }
  }
}
