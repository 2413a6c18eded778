import ArgumentParser
import Foundation
import TacetEnrolment
import TacetIdentity
import TacetTransport

/// `tacet node enrol`: the first certificate of a workload.
struct NodeEnrol: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enrol", abstract: "Redeems a join token for a certificate; the key is made here and stays here.",
    discussion: """
      Connects to the authority's enrolment port (`tacet ca serve`) and believes it only if it shows the root whose fingerprint is in
      the token, and is the authority of the trust domain in it. When the reply is lost, run the command again: the token is good for
      the same key, which is kept in the state folder until the certificate is there.

      EXAMPLES
        tacet node enrol --authority ca.city.example:8443 --token token --out camera
      """)

  @Option(help: ArgumentHelp("The authority's enrolment port.", valueName: "host:port"))
  var authority: String

  @Option(help: ArgumentHelp("A file whose first line is the token; - for standard input.", valueName: "file"))
  var token: String

  @Option(help: ArgumentHelp("Where to write cert.pem, key.pem and bundle.pem.", valueName: "dir"))
  var out: String

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let address = try CAServe.endpoint(authority, option: "--authority")
    let text = String(decoding: try InputFile.read(token, limit: 4096), as: UTF8.self)
    let token = try JoinToken(text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "")
    let pending = common.stateFolder.appendingPathComponent("enrolment", isDirectory: true)
      .appendingPathComponent("\(token.id).key")
    let key = try EnrolmentKey(keptIn: pending)
    let svid = try await AuthorityClient(address: address).enrol(token, key: key)
    try svid.write(to: URL(fileURLWithPath: out, isDirectory: true))
    try? FileManager.default.removeItem(at: pending)
    try common.print(EnrolledReport(svid, in: out), text: EnrolledReport.line(svid, in: out))
  }
}

/// `tacet node renew`: a new certificate in the place of one that is still valid.
struct NodeRenew: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "renew", abstract: "Renews a certificate, with a new key; the old one shows who asks.",
    discussion: """
      The authority refuses it for a certificate that was revoked or has expired: such a workload enrols anew.

      EXAMPLES
        tacet node renew --authority ca.city.example:8444 --identity camera
      """)

  @Option(help: ArgumentHelp("The authority's port for those who have a certificate.", valueName: "host:port"))
  var authority: String

  @Option(help: ArgumentHelp("The folder with cert.pem, key.pem and bundle.pem, which are replaced.", valueName: "dir"))
  var identity: String

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let address = try CAServe.endpoint(authority, option: "--authority")
    let folder = URL(fileURLWithPath: identity, isDirectory: true)
    let svid = try await SVID.load(from: folder)
    let current = MeshIdentity(
      svid: svid, verifier: try ChainVerifier(roots: svid.roots, trustDomain: svid.id.trustDomain))
    try IssuedSVID.check(folder, holds: svid.id)
    let renewed = try await AuthorityClient(address: address).renew(current, key: EnrolmentKey())
    try renewed.replace(in: folder)
    try common.print(EnrolledReport(renewed, in: identity), text: EnrolledReport.line(renewed, in: identity))
  }
}

/// What is said of a certificate that an authority has sent.
struct EnrolledReport: Encodable {
  let spiffeId: String
  let serial: String
  let notAfter: Date
  let folder: String

  init(_ svid: IssuedSVID, in folder: String) {
    spiffeId = svid.id.description
    serial = svid.serial
    notAfter = svid.notAfter
    self.folder = folder
  }

  static func line(_ svid: IssuedSVID, in folder: String) -> String {
    "\(svid.id) until \(svid.notAfter.formatted(.iso8601)), serial \(svid.serial), in \(folder)"
  }
}

extension AuthorityError: ReportedError {
  var exitStatus: ExitStatus {
    switch self {
    case .refused(_, let status, _): (400..<500).contains(status) ? .notPermitted : .unavailable
    case .unreadable: .unavailable
    }
  }
}

extension RegistrationError: ReportedError {
  var exitStatus: ExitStatus {
    switch kind {
    case .malformedToken, .badRequest: .badInput
    case .unavailable: .unavailable
    default: .notPermitted
    }
  }
}
