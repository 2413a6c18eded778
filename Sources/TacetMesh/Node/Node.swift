package import Foundation
package import Logging
import ServiceLifecycle
import TacetEnrolment
import TacetIdentity
import TacetInference
import TacetLog
import TacetPolicy
import TacetPrivacy
import TacetRefresh
import TacetTransport
import TacetWire
import UnixSignals

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
  /// Never none.
  private let models: [ModelPack]
  private let schedule: Schedule
  private let journal: Journal
  private let refusals = RefusalLog()
  private let departures: Departures
  private let logger: Logger

  /// Loads everything a node needs; whatever is wrong with it ends here, before a door is open.
  /// - Parameter trace: where to write down the class of each exchange, for tests of the wire; nil for nowhere.
  package init(configuration file: URL, trace: URL? = nil, logger: Logger) throws {
    self.logger = logger
    configuration = try NodeConfiguration.load(from: file)
    try OpenFiles.check(connections: configuration.connections)
    policy = try Policy.load(from: configuration.policy)
    models = try Self.models(configuration.models, policy: policy)
    schedule = configuration.schedule(tick: policy.timing.tick)
    try StateFolder.prepare(configuration.state)
    journal = try Journal(in: configuration.state)
    departures = Departures(.paced(policy.pacing), trace: try trace.map { try TraceLog(file: $0) })
  }

  /// The model packs, each trained for what the policy releases.
  private static func models(_ folders: [URL], policy: Policy) throws -> [ModelPack] {
    let models = try folders.map { try ModelPack.load(from: $0) }
    for (number, model) in models.enumerated() {
      guard !models[..<number].contains(where: { $0.manifest.model == model.manifest.model }) else {
        throw MeshError.badInput(
          "two model packs have the name \(model.manifest.model): a gateway serves each name once")
      }
      try model.require(policy.privacy.releases)
    }
    guard !models.isEmpty else { throw MeshError.badInput("the node has no model pack: name one under model") }
    return models
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
    let identities = try await identities([("gateway", parts.identity)])
    if parts.drill != nil { logger.warning("this gateway lies: it runs a security drill") }
    let trust = try deviceTrust()
    let refresh = try parts.refresh.map { try desk($0, trust: trust) }
    let gateway = try Gateway(
      models: models, policy: policy, schedule: schedule,
      witness: DeviceWitness(folder: WitnessFolder(configuration.state.appendingPathComponent("witness"))),
      trust: trust, refresh: refresh, deadlines: departures.deadlines, refusals: refusals, journal: journal,
      drill: parts.drill,
      logger: logger)
    try await serve(gateway, as: identities, lifeline: lifeline, refresh: refresh, ready: ready)
    await trust.flush()
  }

  /// What a gateway thinks of the devices of its models' sites: those that may share something with it.
  private func deviceTrust() throws -> TrustRegister {
    let roles = policy.roles.filter { !$0.value.isDisjoint(with: [.release, .refresh]) }.keys
    let sites = Set(models.flatMap(\.manifest.sites))
    return try TrustRegister(
      in: configuration.state, peers: roles.flatMap { role in sites.map { "\(role)/\($0)" } },
      parameters: DeviceTrust.parameters(policy), logger: logger)
  }

  /// Where the parts of a refresh are put together.
  private func desk(_ parts: NodeConfiguration.RefreshParts, trust: TrustRegister) throws -> RefreshDesk {
    guard let refresh = policy.refresh, let model = models.first else {
      throw MeshError.badInput(
        "the node is to refresh the student, and the policy has no section refresh: add one, or leave it")
    }
    let signer = try ModelLogKey.signer(parts.key)
    let roles = policy.roles.filter { $0.value.contains(.refresh) }.keys
    let devices = Set(roles.flatMap { role in model.manifest.sites.map { "\(role)/\($0)" } })
    return try RefreshDesk(
      model: model, policy: refresh, trust: trust, devices: devices, holdOut: SiteRecordings.load(from: parts.holdOut),
      log: ModelLog(file: parts.log, key: signer.verifier), signer: signer, schedule: schedule, codec: codec(),
      journal: journal, logger: logger)
  }

  /// The site's part in a refresh; nil where policy or site have none.
  private func refresh(
    _ parts: NodeConfiguration.SiteParts, of device: String, model: ModelPack, ledger: PrivacyLedger
  ) throws -> SiteRefresh? {
    guard let policy = policy.refresh, let key = parts.students else { return nil }
    return try SiteRefresh(
      site: configuration.name, device: device, model: model, policy: policy, key: ModelLogKey.verifier(key),
      state: configuration.state, ledger: ledger, schedule: schedule, codec: codec(), journal: journal, logger: logger)
  }

  private func codec() throws -> MessageCodec { try MessageCodec(bytes: policy.message.bytes) }

  private func run(
    site parts: NodeConfiguration.SiteParts, lifeline: Lifeline?, ready: @escaping @Sendable (Ready) -> Void
  ) async throws {
    let identities = try await identities([("camera", parts.camera), ("controller", parts.controller)])
    guard let camera = identities.all.first, let controller = identities.all.last, let model = models.first else {
      return
    }
    try model.require(site: configuration.name)
    let cells = try StepCells(model: model, policy: policy)
    let pace = cells.pace(of: schedule)
    if parts.gateways.count <= 2 * policy.aggregation.trim {
      logger.warning(
        "no gateway can be believed, forecasts are the student's: more than 2 · aggregation.trim gateways are needed",
        metadata: ["gateways": "\(parts.gateways.count)", "trim": "\(policy.aggregation.trim)"])
    }

    let device = camera.svid.id.path
    let ledger = try await openLedger(for: device)
    let trust = try TrustRegister(
      in: configuration.state, peers: parts.gateways.keys, parameters: policy.trust.parameters, logger: logger)
    let witnessed = WitnessedLedger(
      device: device, ledger: ledger, codec: try codec(), trust: trust, logger: logger)
    let meter = WireMeter()
    let site = Site(
      site: configuration.name,
      camera: Camera(
        site: configuration.name, device: device, model: model, ledger: ledger,
        source: source(of: device, ledger), parts: cells.release, schedule: schedule, logger: logger),
      controller: Controller(
        site: configuration.name, model: model, parts: cells.encoding, gateways: Set(parts.gateways.keys),
        trust: trust),
      cameraLinks: try links(to: parts.gateways, as: camera, pace: pace, meter: meter),
      controllerLinks: try links(to: parts.gateways, as: controller, pace: pace, meter: meter),
      sensor: SensorFeed(
        recording: try SensorRecording.load(from: parts.recording, manifest: model.manifest),
        manifest: model.manifest, stepsPerRun: schedule.stepsPerRun),
      ledger: witnessed, trust: trust, refresh: try refresh(parts, of: device, model: model, ledger: ledger),
      model: model, schedule: schedule, policy: policy, journal: journal, logger: logger)
    let control = SiteControl(
      device: device, ledger: ledger, witnessed: witnessed, journal: journal, logger: logger)
    try await serve(control, as: identities, lifeline: lifeline, meter: meter, playing: site, ready: ready)
  }

  /// What the policy lets a camera release.
  private func source(of device: String, _ ledger: PrivacyLedger) -> Camera.Source {
    switch policy.privacy.releases {
    case .anyInput(let parameters): .activations(parameters)
    case .contribution(let plan):
      .counts(CountStream(device: device, ledger: ledger, plan: plan, schedule: schedule))
    }
  }

  private func identities(_ folders: [(role: String, folder: URL)]) async throws -> Identities {
    try await Self.identities(folders, of: configuration, policy: policy, refusals: refusals, logger: logger)
  }

  /// The ledger of this node's device, with the policy's budgets in force.
  private func openLedger(for device: String) async throws -> PrivacyLedger {
    let folder = configuration.state.appendingPathComponent("ledger")
    let ledger =
      if let store = configuration.store {
        try PrivacyLedger.open(folder: folder, store: store, create: true)
      } else {
        try PrivacyLedger.open(folder: folder, create: true)
      }
    for budget in policy.privacy.budgets(for: device) { try await ledger.setBudget(budget, for: device) }
    return ledger
  }

  private func links(
    to gateways: [String: Endpoint], as identity: MeshIdentity, pace: LinkPace, meter: WireMeter
  ) throws -> [String: LinkClient] {
    let codec = try codec()
    return try gateways.reduce(into: [:]) { links, gateway in
      links[gateway.key] = try LinkClient(
        identity: identity, codec: codec, address: gateway.value,
        expecting: SPIFFEID(trustDomain: identity.svid.id.trustDomain, path: gateway.key),
        pace: pace, meter: meter, refusals: refusals, logger: logger)
    }
  }

  /// Opens both doors, and that of the host's workloads where there is one, says so, plays (a site), and stops clean: by a signal, at
  /// the schedule's end, or with the lifeline. Then the journal gets the account of the wire.
  private func serve(
    _ service: some NodeService, as identities: Identities, lifeline: Lifeline?, meter: WireMeter = WireMeter(),
    playing site: Site? = nil, refresh: RefreshDesk? = nil, ready: @escaping @Sendable (Ready) -> Void
  ) async throws {
    guard let identity = identities.all.first else { return }
    if departures.trace != nil {
      logger.warning("this node writes down what its traffic hides: --trace-labels is for tests")
    }
    let codec = try codec()
    let door = Enforcement(policy: policy, service: service, refusals: refusals)
    var limits = TransportLimits()
    limits.connections = configuration.connections
    let link = try LinkServer(
      identity: identity, codec: codec, door: door, departures: departures, address: configuration.link, limits: limits,
      meter: meter, refusals: refusals, logger: logger)
    let grpc = try GRPCDoor(
      identity: identity, codec: codec, door: door, departures: departures, address: configuration.grpc,
      limits: limits, refusals: refusals, logger: logger)
    let host = try Self.host(identities.all, policy: policy, authority: configuration.authority)
    let workloads = try Self.workloadAPI(configuration.workloadAPI, policy: policy, host: host, logger: logger)
    let name = configuration.name
    var activities: [Activity] = [
      Activity(endsNode: false) {
        ready(Ready(ready: true, name: name, link: try await link.boundPort, grpc: try await grpc.boundPort))
      }
    ]
    var upkeep = identities.upkeep
    if workloads != nil {
      upkeep.append(
        WorkloadUpkeep(
          configuration.authority.map(AuthorityClient.init), as: identity, revocations: identities.revocations,
          for: host,
          logger: logger))
    }
    activities += upkeep.map { upkeep in Activity(endsNode: false) { await upkeep.run() } }
    if let lifeline { activities.append(Activity(endsNode: true) { await lifeline.hold() }) }
    if let refresh { activities.append(Activity(endsNode: false) { await refresh.run() }) }
    if let site { activities.append(Activity(endsNode: true) { try await site.play() }) }
    let doors: [any Service] = [link, grpc] + (workloads.map { [$0] } ?? [])
    try await Self.group(doors, activities, logger: logger).run()
    try await journal.append(
      JournalRecord(wire: WireRecord(meters: [meter], deadlines: departures.deadlines, refusals: refusals)))
    try departures.trace?.flush()
  }

  private static func group(
    _ doors: [any Service], _ activities: [Activity], logger: Logger
  ) -> ServiceGroup {
    let services =
      doors.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
      + activities.map {
        ServiceGroupConfiguration.ServiceConfiguration(
          service: $0, successTerminationBehavior: $0.endsNode ? .gracefullyShutdownGroup : .ignore)
      }
    return ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
  }
}
