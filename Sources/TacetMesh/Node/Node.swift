import Foundation
import Logging
import ServiceLifecycle
import TacetIdentity
import TacetInference
import TacetPolicy
import TacetPrivacy
import TacetTrust
import TacetWire

/// A node at run time: its doors, and what it does behind them, from start to a clean stop.
package struct Node: Sendable {
  /// What a node says once both doors are open.
  package struct Ready: Codable, Sendable {
    package let ready: Bool
    package let name: String
    package let link: Int
    package let grpc: Int
  }

  private let configuration: NodeConfiguration
  private let policy: Policy
  private let model: ModelPack
  private let schedule: Schedule
  private let journal: Journal
  private let refusals = RefusalLog()
  private let logger: Logger

  /// Loads everything a node needs; whatever is wrong with it ends here, before a door is open.
  package init(configuration file: URL, logger: Logger) throws {
    self.logger = logger
    configuration = try NodeConfiguration.load(from: file)
    policy = try Policy.load(from: configuration.policy)
    model = try ModelPack.load(from: configuration.model)
    try model.require(radius: policy.privacy.radius, scale: policy.privacy.scale)
    schedule = configuration.schedule(tick: policy.timing.tick)
    try StateFolder.prepare(configuration.state)
    journal = try Journal(in: configuration.state)
  }

  /// Runs until the schedule ends, a signal arrives, or `lifeline` (when given) ends.
  package func run(lifeline: Lifeline?, ready: @escaping @Sendable (Ready) -> Void) async throws {
    switch configuration.kind {
    case .gateway(let parts): try await run(gateway: parts, lifeline: lifeline, ready: ready)
    case .site(let parts): try await run(site: parts, lifeline: lifeline, ready: ready)
    }
  }

  private func run(
    gateway parts: NodeConfiguration.GatewayParts, lifeline: Lifeline?, ready: @escaping @Sendable (Ready) -> Void
  ) async throws {
    let identity = try MeshIdentity.load(from: parts.identity, policy: policy)
    try identity.require(role: "gateway", name: configuration.name, in: parts.identity)
    if parts.drill != nil { logger.warning("this gateway lies: it runs a security drill") }
    let gateway = Gateway(
      model: model, policy: policy, schedule: schedule, journal: journal, drill: parts.drill, logger: logger)
    let doors = try await open(gateway, as: identity)
    ready(Ready(ready: true, name: configuration.name, link: doors.linkPort, grpc: doors.grpcPort))
    try await serve(doors.services + services(lifeline))
    try await recordWire(meters: [doors.meter])
  }

  private func run(
    site parts: NodeConfiguration.SiteParts, lifeline: Lifeline?, ready: @escaping @Sendable (Ready) -> Void
  ) async throws {
    let name = configuration.name
    let cameraIdentity = try MeshIdentity.load(from: parts.camera, policy: policy)
    try cameraIdentity.require(role: "camera", name: name, in: parts.camera)
    let controllerIdentity = try MeshIdentity.load(from: parts.controller, policy: policy)
    try controllerIdentity.require(role: "controller", name: name, in: parts.controller)
    guard model.manifest.sites.contains(name) else {
      throw MeshError.badInput("the model knows no \(name) (its sites: \(model.manifest.sites.joined(separator: ", ")))")
    }

    let device = cameraIdentity.svid.id.path
    let ledger = try await openLedger(for: device)
    let mode = try DeviceMode(in: configuration.state)
    let control = SiteControl(device: device, mode: mode, ledger: ledger, journal: journal, logger: logger)
    let doors = try await open(control, as: cameraIdentity)
    let meter = WireMeter()
    let site = Site(
      camera: Camera(
        site: name, device: device, model: model, ledger: ledger,
        parameters: try ReleaseParameters(radius: policy.privacy.radius, scale: policy.privacy.scale), mode: mode,
        schedule: schedule, logger: logger),
      controller: Controller(site: name, model: model, book: TrustBook(policy.trust, policy.aggregation)),
      cameraLinks: try links(parts.gateways, as: cameraIdentity, meter: meter),
      controllerLinks: try links(parts.gateways, as: controllerIdentity, meter: meter),
      sensor: try SensorFeed(
        recording: SensorRecording.load(from: parts.recording, manifest: model.manifest), manifest: model.manifest,
        schedule: schedule),
      schedule: schedule, timing: policy.timing, journal: journal, logger: logger)
    ready(Ready(ready: true, name: name, link: doors.linkPort, grpc: doors.grpcPort))
    try await serve(doors.services + services(lifeline) + [Task_("site") { try await site.play() }])
    try await recordWire(meters: [doors.meter, meter])
  }
}
