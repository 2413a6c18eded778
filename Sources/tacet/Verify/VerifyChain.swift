import ArgumentParser
import Foundation
import TacetIdentity
import TacetLog

/// `tacet verify chain`: the verification that clients and servers ask, on files.
struct VerifyChain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chain", abstract: "Check a certificate chain as a node would at a handshake.",
    discussion: """
      RFC 5280 path validation, the rules of a SPIFFE X.509-SVID, and revocation. Exit status 0 when the chain holds, 1 when it
      does not; the reason says which rule was broken. Files are PEM or DER. Where revocation lists or OCSP responses are given,
      there must be one in force of the authority that signed the leaf. With --log-key and --proof, the leaf's issuance must be
      proved to be in the authority's log.

      EXAMPLES
        tacet verify chain --roots bundle.pem --leaf cert.pem
        tacet verify chain --roots bundle.pem --leaf cert.pem --crl crl.pem --expect-id gateway/gateway-1
        tacet verify chain --roots bundle.pem --leaf cert.pem --log-key log.pub --proof proof
      """)

  @Option(help: ArgumentHelp("The roots of the trust domain.", valueName: "file"))
  var roots: String

  @Option(help: ArgumentHelp("The leaf; what follows it in the file counts as intermediates.", valueName: "file"))
  var leaf: String

  @Option(help: ArgumentHelp("Intermediates; may be repeated.", valueName: "file"))
  var intermediates: [String] = []

  @Option(help: ArgumentHelp("A revocation list; may be repeated.", valueName: "file"))
  var crl: [String] = []

  @Option(help: ArgumentHelp("An OCSP response (DER); may be repeated.", valueName: "file"))
  var ocsp: [String] = []

  @OptionGroup var logged: LoggedOptions

  @Option(
    help: ArgumentHelp(
      "The trust domain (default: that of --expect-id, else of the roots, else of the leaf).", valueName: "domain"))
  var trustDomain: String?

  @Option(help: ArgumentHelp("Who it must be: ROLE/NAME, or a whole SPIFFE ID.", valueName: "id"))
  var expectId: String?

  @Option(help: ArgumentHelp("The time to judge by, as 2026-01-31T12:00:00Z (default: now).", valueName: "time"))
  var at: String?

  @OptionGroup var common: CommonOptions

  private struct Report: Encodable {
    let valid: Bool
    let spiffeId: String?
    let rule: String?
    let reason: String?

    private enum CodingKeys: CodingKey { case valid, spiffeId, rule, reason }

    /// What is not there is null, not absent.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(valid, forKey: .valid)
      try container.encode(spiffeId, forKey: .spiffeId)
      try container.encode(rule, forKey: .rule)
      try container.encode(reason, forKey: .reason)
    }
  }

  func run() async throws {
    let date = try at.map(Self.time) ?? Date()
    let roots = try CertificateFile.trusted(URL(fileURLWithPath: roots))
    let lists = try crl.flatMap { try RevocationList.lists(contentsOf: URL(fileURLWithPath: $0)) }
    switch try await verdict(roots: roots, lists: lists, at: date) {
    case .valid(let peer):
      let report = Report(valid: true, spiffeId: peer.id.description, rule: nil, reason: nil)
      try common.print(report, text: "valid: \(peer.id) until \(peer.notAfter.formatted(.iso8601))")
    case .refused(let rejection):
      let report = Report(valid: false, spiffeId: nil, rule: rejection.rule, reason: rejection.description)
      try common.print(report, text: "not valid: \(rejection)")
      throw DoesNotHold()
    }
  }

  private func verdict(roots: [[UInt8]], lists: [RevocationList], at date: Date) async throws -> ChainVerdict {
    var presented: [[UInt8]] = []
    for file in [leaf] + intermediates {
      switch try CertificateFile.presented(URL(fileURLWithPath: file)) {
      case .success(let certificates): presented += certificates
      case .failure(let rejection): return .refused(rejection)
      }
    }
    let expected = try expected(roots: roots, leaf: presented.first ?? [])
    let register = crl.isEmpty && ocsp.isEmpty ? nil : RevocationRegister(lists: lists, requirement: .leaf)
    for file in ocsp { register?.add(ocsp: try Self.response(file)) }
    return try await ChainVerifier(
      roots: roots, trustDomain: expected.domain, revocations: register, logged: try logged.requirement()
    )
    .verify(presented: presented, at: date, expecting: expected.id)
  }

  /// Whose chain it must be. Without a word of the user it is the roots' trust domain, and the leaf's where they have none.
  private func expected(roots: [[UInt8]], leaf: [UInt8]) throws -> (domain: TrustDomain, id: SPIFFEID?) {
    let named = try trustDomain.map { try TrustDomain($0) }
    if let expectId, expectId.hasPrefix("spiffe://") {
      let id = try SPIFFEID(uri: expectId)
      guard named == nil || named == id.trustDomain else {
        throw UsageError("--expect-id \(expectId) is not of --trust-domain \(named?.description ?? "")")
      }
      return (id.trustDomain, id)
    }
    // A leaf that names none, or several, is of none: it is refused in any, with its own reason.
    let domain = try named ?? TrustDomain.named(by: roots) ?? TrustDomain.named(by: [leaf]) ?? TrustDomain("invalid")
    return (domain, try expectId.map { try SPIFFEID(trustDomain: domain, path: $0) })
  }

  private static func response(_ file: String) throws -> OCSPResponse {
    let bytes = Array(try InputFile.read(file, limit: OCSPResponse.mostBytes))
    do throws(OCSPFlaw) {
      return try OCSPResponse(der: bytes)
    } catch {
      throw LedgerFailure.malformed("\(file): \(error)")
    }
  }

  private static func time(_ text: String) throws -> Date {
    let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
    guard let date = styles.lazy.compactMap({ try? $0.parse(text) }).first else {
      throw UsageError("--at is \(text), allowed: a time as 2026-01-31T12:00:00Z")
    }
    return date
  }
}

/// By what a leaf is shown to be in the authority's log.
struct LoggedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The public key of the authority's log: its issuance must be in there.", valueName: "file"))
  var logKey: String?

  @Option(help: ArgumentHelp("The proof that it is, from `tacet ca log prove`.", valueName: "file"))
  var proof: String?

  func validate() throws {
    guard proof == nil || logKey != nil else { throw ValidationError("--proof goes with --log-key") }
  }

  /// Nil where nothing was asked for; without a proof nothing holds.
  func requirement() throws -> LogRequirement? {
    guard let logKey else { return nil }
    let found = try proof.map { try InclusionProof(InputFile.text($0)) }
    return LogRequirement(key: try InputFile.noteKey(logKey)) { _ in found }
  }
}
