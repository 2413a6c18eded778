import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import TacetEnrolment
import TacetIdentity
import TacetMesh
import TacetTransport
import UnixSignals

/// `tacet ca serve`: the authority on the network.
struct CAServe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serves the authority: enrolment, renewal, revocation lists, OCSP, the SPIFFE bundle, proofs of the log.",
    discussion: """
      Two ports, both TLS 1.3 and HTTP/1.1. The first is for those who have a join token (`tacet ca token`) and no certificate yet:
      it shows the authority's certificate and asks for none. The second demands a certificate. The other commands may be used
      meanwhile: what they revoke or rotate counts here within two seconds.

      EXAMPLES
        tacet ca serve --enrol 0.0.0.0:8443 --listen 0.0.0.0:8444 --dns ca.city.example
        curl --cacert bundle.pem https://ca.city.example:8443/v1/crl
      """)

  @Option(
    help: ArgumentHelp("Where those enrol who have a token; port 0 lets the system choose.", valueName: "host:port"))
  var enrol: String = "127.0.0.1:8443"

  @Option(help: ArgumentHelp("Where those ask who have a certificate.", valueName: "host:port"))
  var listen: String = "127.0.0.1:8444"

  @Option(help: ArgumentHelp("A host name of its own certificate; may be repeated.", valueName: "name"))
  var dns: [String] = []

  @Option(help: ArgumentHelp("An IP address of its own certificate; may be repeated.", valueName: "address"))
  var ip: [String] = []

  @Option(help: ArgumentHelp("How long a revocation list is in force, from 1m to 30d.", valueName: "time"))
  var nextUpdate: String = "1h"

  @Option(
    help: ArgumentHelp(
      "Requests that cost, from one address or of one certificate's ID, in a second.", valueName: "n"))
  var rate: Int = 20

  @Option(help: ArgumentHelp("And at once.", valueName: "n"))
  var burst: Int = 200

  @Flag(help: "Stop when standard input ends.")
  var lifeline = false

  @OptionGroup var secret: PassphraseOptions
  @OptionGroup var token: PINOptions
  @OptionGroup var common: CommonOptions

  private struct Ready: Encodable {
    let ready: Bool
    let trustDomain: String
    let enrol: Int
    let listen: Int
    let logKey: String
  }

  func validate() throws {
    guard (1...1_000_000).contains(rate) else { throw ValidationError("--rate must be 1 to 1000000") }
    guard (1...1_000_000).contains(burst) else { throw ValidationError("--burst must be 1 to 1000000") }
  }

  func run() async throws {
    var settings = AuthorityServer.Settings(
      enrol: try Self.endpoint(enrol, option: "--enrol"), listen: try Self.endpoint(listen, option: "--listen"))
    settings.dnsNames = dns
    settings.ipAddresses = ip
    settings.perSecond = rate
    settings.burst = burst
    var deskSettings = RegistrationDesk.Settings()
    deskSettings.listLifetime = try Lifetime.parse(
      nextUpdate, option: "--next-update", in: CertificateAuthority.listLifetimes)
    var logger = Logger(label: "tacet.ca") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .notice
    ProcessLimits.raiseOpenFiles()
    let desk = try RegistrationDesk(
      state: common.stateFolder, passphrase: try secret.passphrase(isNew: false),
      pin: try token.pin(state: common.stateFolder), settings: deskSettings)
    let server = try AuthorityServer(desk: desk, state: common.stateFolder, settings: settings, logger: logger)
    try await serve(server, desk, logger)
  }

  private func serve(_ server: AuthorityServer, _ desk: RegistrationDesk, _ logger: Logger) async throws {
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [.init(service: server)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      if lifeline {
        tasks.addTask {
          await Lifeline().hold()
          await group.triggerGracefulShutdown()
        }
      }
      let ports = try await server.boundPorts
      let ready = Ready(
        ready: true, trustDomain: desk.trustDomain.description, enrol: ports.enrol, listen: ports.listen,
        logKey: desk.logKey.description)
      try common.print(
        ready, text: "ready: \(desk.trustDomain), enrolment port \(ready.enrol), port \(ready.listen)")
      fflush(nil)
      try await tasks.next()
      tasks.cancelAll()
    }
  }

  /// An address as `HOST:PORT`.
  static func endpoint(_ text: String, option: String) throws -> Endpoint {
    guard let endpoint = Endpoint(text) else { throw UsageError("\(option) is \(text), allowed: HOST:PORT") }
    return endpoint
  }
}
