import ArgumentParser
import Foundation
import TacetIdentity
import TacetMesh
import TacetPrivacy

/// `tacet bench rpc`: exchanges a second, and what a fleet takes of its gateway.
struct BenchRPC: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rpc", abstract: "Measures exchanges with a gateway in a second process, and a fleet's cost to it.",
    discussion: """
      Makes an authority, a policy and certificates, and starts a gateway as a second process. Each exchange is a release that is
      clipped, quantised and noised, sent in a message of --bytes, checked by the policy and answered by another of the same size, over
      TLS 1.3 with certificates on both sides, by the link and by the gRPC door. The gateway of a mesh answers on the policy's beat; this one, and no other, answers at
      once. The activations are random numbers and no budget is charged, but for "with the durable charge", in a ledger under --folder:
      there each release waits until its charge is synced to the disk, which is the disk's speed and not the link's.

      With --agents nothing of this is measured: so many devices, each with a certificate and a link of its own, connect to one gateway,
      stay idle, and then send one message each --period, answered on the policy's beat. Shown are the memory of the gateway's process
      for each device, and the share of one core that it takes.

      EXAMPLES
        tacet bench rpc --format json
        tacet bench rpc --bytes 4096 --in-flight 1,64 --seconds 5
        tacet bench rpc --agents 10000 --period 10 --seconds 30
      """)

  @Option(help: ArgumentHelp("The size of every message.", valueName: "n"))
  var bytes: Int = 4096

  @Option(help: ArgumentHelp("Exchanges at once, separated by commas.", valueName: "n,…"))
  var inFlight: String = "1,64"

  @Option(help: ArgumentHelp("How long each measurement takes.", valueName: "s"))
  var seconds: Double = 2

  @Option(help: ArgumentHelp("Measure a fleet of so many devices.", valueName: "n"))
  var agents: Int?

  @Option(help: ArgumentHelp("From one message of a device to its next.", valueName: "s"))
  var period: Double = 10

  @Option(help: ArgumentHelp("Where to make the folder (default: the working directory).", valueName: "dir"))
  var folder: String = "."

  @OptionGroup var common: CommonOptions

  private var callers: [Int] { inFlight.split(separator: ",").map { Int($0) ?? 0 } }

  func validate() throws {
    guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must be above 0 and at most 3600") }
    guard (512...65536).contains(bytes) else { throw ValidationError("--bytes must be 512 to 65536") }
    guard !callers.isEmpty, callers.allSatisfy((1...64).contains) else {
      throw ValidationError("--in-flight must be numbers from 1 to 64, separated by commas")
    }
    guard (1...60_000).contains(agents ?? 1) else { throw ValidationError("--agents must be 1 to 60000") }
    guard period >= 0.1, period <= 3600 else { throw ValidationError("--period must be 0.1 to 3600") }
  }

  func run() async throws {
    ProcessLimits.raiseOpenFiles()
    let place = URL(fileURLWithPath: folder).appendingPathComponent(".tacet-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: place, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: place) }
    let authority = try CertificateAuthority.ephemeral(trustDomain: TrustDomain("bench.example"))
    let mesh = try BenchMesh.make(in: place, bytes: bytes, by: authority)
    let results =
      if let agents {
        try await fleet(of: agents, mesh, authority, place)
      } else {
        try await exchanges(mesh, authority, place)
      }
    let report = BenchReport(results: results)
    try common.print(report, text: report.text)
  }

  // MARK: Exchanges

  private func exchanges(
    _ mesh: BenchMesh, _ authority: CertificateAuthority, _ place: URL
  ) async throws -> [BenchReport.Result] {
    let gateway = try BenchGatewayProcess(place, beat: .none)
    let device = try BenchDevice(mesh: mesh, authority: authority, ports: gateway.ports)
    let ledger = try PrivacyLedger.open(folder: place.appendingPathComponent("ledger"), create: true)
    try await ledger.setBudget(try Budget(epsilon: 1e6, delta: 1e-6, window: nil), for: BenchDevice.path)
    var results: [BenchReport.Result] = []
    for inFlight in callers {
      for (name, door, payment) in [
        ("link", .link, .none), ("link, with the durable charge", .link, .durable(ledger)), ("gRPC door", .grpc, .none),
      ] as [(String, BenchDevice.Door, BenchDevice.Payment)] {
        let outcome = try await device.measure(door, inFlight: inFlight, for: .seconds(seconds), paying: payment)
        var result = BenchReport.Result(
          name: "\(name), \(inFlight) in flight", latencies: outcome.latencies, elapsed: outcome.elapsed)
        (result.bytes, result.inFlight) = (bytes, inFlight)
        results.append(result)
      }
    }
    return results
  }

  // MARK: A fleet

  private func fleet(
    of agents: Int, _ mesh: BenchMesh, _ authority: CertificateAuthority, _ place: URL
  ) async throws -> [BenchReport.Result] {
    let gateway = try BenchGatewayProcess(place, beat: .policy, connections: agents + 1)
    let bar = ProgressBar(total: 2 * agents, label: "connecting")
    defer { bar.finish() }
    let fleet = try BenchFleet(
      of: agents, mesh: mesh, authority: authority, ports: gateway.ports, progress: bar.update)
    let clock = ContinuousClock()
    let empty = try await fleet.gatewayUse()
    let start = clock.now
    try await fleet.connect { bar.update(agents + $0) }
    let connecting = clock.now - start
    bar.finish()
    try await Task.sleep(for: .seconds(2))
    let idle = try await fleet.gatewayUse()
    var connected = BenchReport.Result(name: "devices connected", count: agents, elapsed: connecting)
    connected.bytesPerAgent = (idle.memory - empty.memory) / agents
    let outcome = try await fleet.beat(period: .seconds(period), for: .seconds(max(seconds, period)))
    var paced = BenchReport.Result(
      name: "devices with one message each \(period) s", latencies: outcome.latencies, elapsed: outcome.elapsed)
    paced.failed = outcome.failed
    paced.bytesPerAgent = (try await fleet.gatewayUse().memory - empty.memory) / agents
    paced.coreShare = outcome.processor / outcome.elapsed
    await fleet.close()
    return [connected, paced].map { result in
      var result = result
      (result.agents, result.bytes) = (agents, bytes)
      return result
    }
  }
}
