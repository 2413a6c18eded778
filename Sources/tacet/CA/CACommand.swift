import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca …`: the certificate authority.
struct CACommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ca", abstract: "The built-in certificate authority.",
    subcommands: [
      CAInit.self, CAIssue.self, CASign.self, CAToken.self, CARevoke.self, CAList.self, CACRL.self, CARotate.self,
      CAServe.self,
      CABundle.self,
      CALog.self,
    ])
}

/// Where the passphrase of the authority's keys comes from.
struct PassphraseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file (0600) whose first line is the passphrase (default: $TACET_PASSPHRASE_FILE; else the terminal is asked).",
      valueName: "file"))
  var passphraseFile: String?

  /// The passphrase from the file, or typed at the terminal without being shown (twice where it is new).
  func passphrase(isNew: Bool) throws -> Passphrase {
    ProcessLimits.forbidCoreFiles()
    if let path = passphraseFile ?? ProcessInfo.processInfo.environment["TACET_PASSPHRASE_FILE"] {
      return try Passphrase(file: URL(fileURLWithPath: path))
    }
    let first = try Terminal.ask("passphrase: ", orGive: "--passphrase-file")
    if isNew, try Terminal.ask("again: ", orGive: "--passphrase-file") != first {
      throw UsageError("the two passphrases differ")
    }
    return try Passphrase(first)
  }
}

extension IdentityError: ReportedError {
  var exitStatus: ExitStatus {
    switch kind {
    case .badInput: .badInput
    case .missing: .missingInput
    case .inputOutput: .inputOutput
    case .notPermitted: .notPermitted
    case .internalFault: .internalFault
    }
  }
}

/// What is granted, and for how long.
struct GrantOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long it lives, from 1m to 90d as the profile allows (default: the profile's).", valueName: "time"))
  var ttl: String?

  @Option(help: ArgumentHelp("A host name it is also good for; may be repeated.", valueName: "name"))
  var dns: [String] = []

  @Option(help: ArgumentHelp("An IP address it is also good for; may be repeated.", valueName: "address"))
  var ip: [String] = []

  @Option(help: ArgumentHelp("What may be granted: a profile in the state folder's ca/profiles.", valueName: "name"))
  var profile: String = "default"

  /// The lifetime that was asked for; nil for the profile's.
  func lifetime() throws -> Duration? {
    try ttl.map { try Lifetime.parse($0, option: "--ttl", in: CertificateAuthority.lifetimes) }
  }

  /// The profile of that name.
  func profile(in common: CommonOptions) throws -> LeafProfile {
    try CertificateAuthority.profile(named: profile, state: common.stateFolder)
  }
}

/// Times as people type them: `90s`, `15m`, `24h`, `7d`.
enum Lifetime {
  /// The time span.
  /// - Throws: `UsageError` for anything else, or out of range.
  static func parse(_ text: String, option: String, in range: ClosedRange<Duration>) throws -> Duration {
    guard let lifetime = Duration(inWords: text), range.contains(lifetime) else {
      throw UsageError(
        "\(option) is \(text), allowed: a time as 90s, 15m, 24h or 7d, from \(range.lowerBound.inWords) to "
          + range.upperBound.inWords)
    }
    return lifetime
  }
}

extension SPIFFEIDError: ReportedError {
  var exitStatus: ExitStatus { .badInput }
}
