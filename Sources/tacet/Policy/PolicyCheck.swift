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
    let privacyUnit: String
    /// Of what is charged at a time: a release, or a stream window.
    let muPerRelease: Double?
    let muPerWindow: Double?
    /// How many users of a host may have an identity by the SPIFFE Workload API.
    let workloadUsers: Int
  }

  func run() async throws {
    let policy = try Policy.load(from: URL(fileURLWithPath: file))
    let (unit, mu) = (policy.privacy.unit, policy.privacy.releases.mechanism.cost.mu)
    let isWindow = unit == .contribution
    let result = Result(
      valid: true, sha256: policy.digest, trustDomain: policy.trustDomain, privacyUnit: unit.rawValue,
      muPerRelease: isWindow ? nil : mu, muPerWindow: isWindow ? mu : nil,
      workloadUsers: policy.workloads.uids.count)
    try common.print(
      result,
      text: "\(file) holds: trust domain \(policy.trustDomain), privacy unit \(unit.rawValue), "
        + "μ = \(mu) a \(isWindow ? "window" : "release"), SHA-256 \(policy.digest)")
  }
}
