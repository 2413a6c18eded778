import ArgumentParser
import TacetPrivacy

/// `tacet privacy …`: the mechanism and its accountant.
struct PrivacyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "privacy",
    abstract: "The Gaussian mechanism: what releases cost, what may be released, filters for counts, and its noise.",
    subcommands: [PrivacyEpsilon.self, PrivacyCalibrate.self, PrivacyFilter.self, PrivacySample.self])
}
