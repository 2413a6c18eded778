import ArgumentParser
import Foundation
import TacetPolicy
import TacetPrivacy

/// `tacet policy check`: reads a policy as a node would.
struct PolicyCheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Reads a policy as a node would: every key known, every value in range.",
    discussion: """
      EXAMPLES
        tacet policy check Policies/traffic.yaml
      """)

  @Argument(help: ArgumentHelp("The policy file.", valueName: "file"))
  var file: String

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let valid: Bool
    let sha256: String
    let trustDomain: String
    let muPerRelease: Double
  }

  func run() async throws {
    let policy = try Policy.load(from: URL(fileURLWithPath: file))
    let mu = policy.privacy.parameters.cost.mu
    let result = Result(valid: true, sha256: policy.digest, trustDomain: policy.trustDomain, muPerRelease: mu)
    try common.print(
      result, text: "\(file) holds: trust domain \(policy.trustDomain), μ = \(mu) a release, SHA-256 \(policy.digest)")
  }
}
