import Foundation
import TacetAudit
import TacetIdentity
import TacetInference
import TacetMesh
import TacetPolicy
import TacetPrivacy

/// The demo's city on disk: a fresh CA, a certificate for each role, a sensor file and a configuration for each node,
/// all in one temporary folder that goes when the demo ends.
///
/// A site's folder holds that site's sensor data and nobody else's.
struct Stage: Sendable {
  /// A gateway that is made to lie: how, how much (an honest encoding is in −1…1), and from which part of the run on.
  struct Liar: Sendable {
    let name: String
    let lie: GatewayDrill.Lie
    let size: Int
    let from: Double
  }

  /// Liars of three kinds. The last is honest at first, and has earned trust before it lies.
  private static let kinds = [
    Liar(name: "gateway-2", lie: .bias, size: 4, from: 0),
    Liar(name: "gateway-4", lie: .signFlip, size: 3, from: 0),
    Liar(name: "gateway-6", lie: .noise, size: 2, from: 0.4),
  ]

  let folder: URL
  let options: DemoOptions
  let policy: Policy
  let model: ModelPack
  let traffic: SiteRecordings
  /// A refresh of the student under the policy, to be played for the report; nil where the policy has none.
  let refresh: RefreshTrial?
  /// The steps of one recorded run.
  let stepsPerRun: Int

  var sites: [String] { model.manifest.sites }
  /// The liars: as many as the policy says do no harm, three at most.
  var liars: [Liar] { Array(Self.kinds.prefix(policy.aggregation.trim)) }
  /// The first step at which one lies.
  func first(of liar: Liar) -> Int { Int(Double(options.steps) * liar.from) }
  /// As many as outvote the liars.
  var gateways: [String] { (1...max(3, 2 * liars.count + 1)).map { "gateway-\($0)" } }

  /// Sets the stage in a new temporary folder.
  static func set(_ options: DemoOptions) throws -> Stage {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "tacet-demo-\(UUID().uuidString.prefix(8).lowercased())", isDirectory: true)
    let stage = try Stage(folder: folder, options: options)
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      try stage.issueCertificates()
      try stage.writeSensorFiles()
    } catch {
      stage.strike()
      throw error
    }
    return stage
  }

  private init(folder: URL, options: DemoOptions) throws {
    self.folder = folder
    self.options = options
    policy = try Policy.load(from: options.policy)
    model = try ModelPack.load(from: options.models.folder(for: policy.privacy.unit))
    try model.require(policy.privacy.releases)
    traffic = try SiteRecordings.load(from: options.traffic)
    stepsPerRun = try traffic.stepsPerRun(of: model.manifest)
    refresh = try Self.refresh(options, policy, model)
  }

  /// With the policy's rule and μ, in rounds of a quarter of what the cameras see.
  private static func refresh(_ options: DemoOptions, _ policy: Policy, _ model: ModelPack) throws -> RefreshTrial? {
    guard let refresh = policy.refresh else { return nil }
    let recordings = try SiteRecordings.load(from: options.changed)
    let devices = 0..<8
    return try RefreshTrial(
      model: model, recordings: recordings,
      split: RefreshTrial.Split(devices: devices, holdOut: 8..<10, test: 10..<12),
      parameters: refresh.parameters.with(
        steps: devices.count * recordings.stepsPerRun(of: model.manifest) / 4, clip: clipOfRefresh),
      aggregator: refresh.aggregator)
  }

  /// What a round of so many steps can add up.
  private static let clipOfRefresh = 16

  /// Removes everything, keys included.
  func strike() {
    try? FileManager.default.removeItem(at: folder)
  }

  // MARK: Certificates

  private func issueCertificates() throws {
    let state = folder.appendingPathComponent("authority", isDirectory: true)
    let passphrase = try Passphrase.random()
    let domain = try TrustDomain(policy.trustDomain)
    try CertificateAuthority.initialise(state: state, trustDomain: domain, passphrase: passphrase)
    let authority = try CertificateAuthority.open(state: state, passphrase: passphrase)
    for gateway in gateways {
      try issue("gateway", gateway, by: authority, to: home(of: gateway))
    }
    for site in sites {
      for role in ["camera", "controller"] {
        try issue(role, site, by: authority, to: home(of: site))
      }
    }
    try issue("admin", "demo", by: authority, to: folder)
    let stranger = try CertificateAuthority.ephemeral(trustDomain: domain)
    try issue("camera", sites[0], by: stranger, to: home(of: "stranger"))
  }

  private func issue(_ role: String, _ name: String, by authority: CertificateAuthority, to home: URL) throws {
    let id = try SPIFFEID(trustDomain: authority.trustDomain, role: role, name: name)
    let identity = home.appendingPathComponent(role, isDirectory: true)
    try FileManager.default.createDirectory(
      at: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try authority.issue(id, ipAddresses: ["127.0.0.1"]).write(to: identity)
  }

  // MARK: Sensors

  private func writeSensorFiles() throws {
    for (index, site) in sites.enumerated() {
      try traffic.site(index).write(to: home(of: site).appendingPathComponent("sensor.npy"))
    }
  }

  /// A model over the recorded hours, in this process.
  func reference(of model: ModelPack) throws -> ReferenceModel {
    ReferenceModel(model: model, feeds: try traffic.feeds(of: model.manifest))
  }

  // MARK: Nodes

  /// The folder of a node: its certificates, configuration, sensor data and state.
  func home(of node: String) -> URL {
    folder.appendingPathComponent(node, isDirectory: true)
  }

  /// The state folder of a node.
  func state(of node: String) -> URL {
    home(of: node).appendingPathComponent("state", isDirectory: true)
  }

  /// Writes a gateway's configuration.
  func writeGateway(_ name: String, start: Date) throws -> URL {
    var text = common("gateway", name, start: start)
    text += "identity: {gateway: gateway}\n"
    if let liar = liars.first(where: { $0.name == name }) {
      text += "drill: {lie: \(liar.lie.rawValue), size: \(liar.size), from: \(first(of: liar))}\n"
    }
    return try write(text, for: name)
  }

  /// Writes a site's configuration, with the addresses of the gateways that are up.
  func writeSite(_ name: String, start: Date, gateways: [String: Int]) throws -> URL {
    var text = common("site", name, start: start)
    text += "identity: {camera: camera, controller: controller}\n"
    text += "sensor: {recording: sensor.npy}\n"
    text += "gateways:\n"
    for (gateway, port) in gateways.sorted(by: { $0.key < $1.key }) {
      text += "  gateway/\(gateway): 127.0.0.1:\(port)\n"
    }
    return try write(text, for: name)
  }

  private func common(_ kind: String, _ name: String, start: Date) -> String {
    let steps = kind == "site" ? ", steps: \(options.steps)" : ""
    return """
      node: \(kind)
      name: \(name)
      policy: \(Self.quoted(options.policy))
      model: \(Self.quoted(options.models.folder(for: policy.privacy.unit)))
      state: state
      listen: {host: 127.0.0.1, link: 0, grpc: 0}
      schedule: {start: "\(start.formatted(.iso8601))"\(steps), steps_per_run: \(stepsPerRun)}

      """
  }

  private func write(_ text: String, for node: String) throws -> URL {
    let file = home(of: node).appendingPathComponent("node.yaml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file
  }

  /// A path as a YAML double-quoted scalar.
  private static func quoted(_ url: URL) -> String {
    let path = url.standardizedFileURL.path
    return "\"" + path.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
