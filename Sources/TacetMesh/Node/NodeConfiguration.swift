package import Foundation
package import TacetDocument
package import TacetPrivacy
import TacetTransport

/// The file that `tacet node run --config` reads: which node this is, where its parts are, and whom it speaks to.
///
/// Paths are relative to the file's folder. See `Documentation/Nodes.md` for an example of each kind.
package struct NodeConfiguration: Sendable {
  /// What a site needs beyond what every node does.
  package struct SiteParts: Sendable {
    package let camera: URL
    package let controller: URL
    package let recording: URL
    /// SPIFFE path (`gateway/NAME`) to address.
    package let gateways: [String: Endpoint]
    /// The public key of the log of students; nil where the site does not take part in refreshing them.
    package let students: URL?
  }

  /// What a gateway needs to put the parts of a refresh together.
  package struct RefreshParts: Sendable {
    /// The log of students, and the key that signs it.
    package let log: URL
    package let key: URL
    /// Recordings that the aggregator may look at, of all sites.
    package let holdOut: URL
  }

  /// What a gateway needs beyond what every node does.
  package struct GatewayParts: Sendable {
    package let identity: URL
    package let drill: GatewayDrill?
    package let refresh: RefreshParts?
  }

  /// The two kinds of node.
  package enum Kind: Sendable {
    case site(SiteParts)
    case gateway(GatewayParts)
  }

  package let name: String
  package let kind: Kind
  package let policy: URL
  /// Folders of model packs: a site's one, or those that a gateway serves, never none.
  package let models: [URL]
  package let state: URL
  /// Where the ledger is kept; nil for the state folder.
  package let store: PostgresAddress?
  /// Files of revocation lists; read at the start, and again when they change.
  package let crl: [URL]
  /// The authority that renews this node's certificates and gives out revocation lists: its port for those who have a certificate.
  package let authority: Endpoint?
  package let link: Endpoint
  package let grpc: Endpoint
  /// How many connections each of both doors may have at once.
  package let connections: Int
  /// Where the workloads of this host fetch their identities; nil for nowhere.
  package let workloadAPI: WorkloadParts?
  package let start: Date
  package let steps: Int?
  package let stepsPerRun: Int

  /// The schedule, with the tick that the policy sets.
  package func schedule(tick: Duration) -> Schedule {
    Schedule(start: start, tick: tick, steps: steps, stepsPerRun: stepsPerRun)
  }
}

extension NodeConfiguration {
  /// Reads and checks a configuration.
  /// - Throws: `DocumentError` with file, line and what is allowed.
  package static func load(from file: URL) throws(DocumentError) -> NodeConfiguration {
    let root = try Document.load(from: file)
    let paths = Paths(folder: file.deletingLastPathComponent())
    let kind: Kind =
      switch try root.choice("node", of: ["site", "gateway"]) {
      case "site": .site(try site(root, paths))
      default: .gateway(try gateway(root, paths))
      }
    let listen = try root.mapping("listen")
    let host = try listen.string("host")
    let schedule = try root.mapping("schedule")
    let configuration = NodeConfiguration(
      name: try root.string("name"),
      kind: kind,
      policy: paths.file(try root.string("policy")),
      models: try Self.models(root, kind, paths),
      state: paths.folder(try root.string("state")),
      store: try Self.store(root),
      crl: try root.optionalStrings("crl").map(paths.file),
      authority: root.has("authority") ? try root.address("authority") : nil,
      link: Endpoint(host: host, port: try listen.integer("link", in: 0...65535)),
      grpc: Endpoint(host: host, port: try listen.integer("grpc", in: 0...65535)),
      connections: try listen.optionalInteger("connections", in: 1...1_000_000) ?? TransportLimits().connections,
      workloadAPI: try Self.workloadAPI(root, paths),
      start: try schedule.date("start"),
      steps: try schedule.optionalInteger("steps", in: 1...1_000_000_000),
      stepsPerRun: try schedule.integer("steps_per_run", in: 1...1_000_000_000))
    try root.finish()
    return configuration
  }

  /// One, or for a gateway a list.
  private static func models(
    _ root: DocumentMapping, _ kind: Kind, _ paths: Paths
  ) throws(DocumentError) -> [URL] {
    guard root.isList("model"), case .gateway = kind else { return [paths.folder(try root.string("model"))] }
    let folders = try root.strings("model")
    guard !folders.isEmpty else { throw root.error("model", "model must name at least one model pack") }
    return folders.map(paths.folder)
  }

  private static func store(_ root: DocumentMapping) throws(DocumentError) -> PostgresAddress? {
    guard root.has("store") else { return nil }
    let address = try root.string("store")
    do {
      return try PostgresAddress(address)
    } catch {
      throw root.error("store", "\(error)")
    }
  }

  private static func workloadAPI(_ root: DocumentMapping, _ paths: Paths) throws(DocumentError) -> WorkloadParts? {
    guard let parts = try root.optionalMapping("workload_api") else { return nil }
    let socket = paths.file(try parts.string("socket")).path
    guard parts.has("mode") else { return WorkloadParts(socket: socket, mode: 0o666) }
    let mode = try parts.choice("mode", of: ["0600", "0660", "0666"])
    return WorkloadParts(socket: socket, mode: UInt32(mode, radix: 8) ?? 0o600)
  }

  private static func site(_ root: DocumentMapping, _ paths: Paths) throws(DocumentError) -> SiteParts {
    let identity = try root.mapping("identity")
    let list = try root.mapping("gateways")
    var gateways: [String: Endpoint] = [:]
    for gateway in list.keys { gateways[gateway] = try list.address(gateway) }
    return SiteParts(
      camera: paths.folder(try identity.string("camera")),
      controller: paths.folder(try identity.string("controller")),
      recording: paths.file(try root.mapping("sensor").string("recording")),
      gateways: gateways,
      students: try root.optionalMapping("students").map { students throws(DocumentError) in
        paths.file(try students.string("key"))
      })
  }

  private static func gateway(_ root: DocumentMapping, _ paths: Paths) throws(DocumentError) -> GatewayParts {
    let identity = try root.mapping("identity")
    let drill = try root.optionalMapping("drill")
    return GatewayParts(
      identity: paths.folder(try identity.string("gateway")),
      drill: try drill.map { drill throws(DocumentError) in
        let lie = try drill.choice("lie", of: GatewayDrill.Lie.allCases.map(\.rawValue))
        return GatewayDrill(
          GatewayDrill.Lie(rawValue: lie) ?? .bias, size: Float(try drill.number("size", in: 0...1000)),
          from: try drill.optionalInteger("from", in: 0...1_000_000_000) ?? 0)
      },
      refresh: try root.optionalMapping("refresh").map { refresh throws(DocumentError) in
        RefreshParts(
          log: paths.file(try refresh.string("log")), key: paths.file(try refresh.string("key")),
          holdOut: paths.file(try refresh.string("hold_out")))
      })
  }

  /// Paths of a configuration, relative to its folder.
  private struct Paths {
    let folder: URL

    func file(_ path: String) -> URL { URL(fileURLWithPath: path, isDirectory: false, relativeTo: folder) }
    func folder(_ path: String) -> URL { URL(fileURLWithPath: path, isDirectory: true, relativeTo: folder) }
  }
}
