import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca …`: the certificate authority.
struct CACommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ca", abstract: "The built-in certificate authority.", subcommands: [CAInit.self, CAIssue.self])
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
    if let path = passphraseFile ?? ProcessInfo.processInfo.environment["TACET_PASSPHRASE_FILE"] {
      return try Passphrase(file: URL(fileURLWithPath: path))
    }
    guard isatty(STDIN_FILENO) == 1 else {
      throw UsageError("no terminal to ask for the passphrase: give --passphrase-file")
    }
    let first = try Self.ask("passphrase: ")
    if isNew, try Self.ask("again: ") != first { throw UsageError("the two passphrases differ") }
    return try Passphrase(first)
  }

  private static func ask(_ prompt: String) throws -> String {
    guard let typed = getpass(prompt) else { throw UsageError("no passphrase was typed") }
    defer { memset(typed, 0, strlen(typed)) }
    return String(cString: typed)
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

extension SPIFFEIDError: ReportedError {
  var exitStatus: ExitStatus { .badInput }
}
