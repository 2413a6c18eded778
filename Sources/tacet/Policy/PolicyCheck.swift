import ArgumentParser
import Foundation
import TacetPolicy

/// `tacet policy check FILE`: whether a node would take this policy.
struct PolicyCheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a policy file.",
    discussion: """
      Exit status 0 when a node would take the policy; 65 with file, line and what is allowed when not; 66 without a file.
      """)

  @Argument(help: ArgumentHelp("The policy file.", valueName: "file"))
  var file: String

  @OptionGroup var common: CommonOptions

  private struct Report: Encodable {
    let valid: Bool
    let digest: String
  }

  func run() async throws {
    let policy = try Policy.load(from: URL(fileURLWithPath: file))
    try common.print(
      Report(valid: true, digest: policy.digest), text: "\(file): valid, SHA-256 \(policy.digest)")
  }
}
