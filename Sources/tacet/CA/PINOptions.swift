import ArgumentParser
import Foundation
import TacetIdentity

/// Where the PIN comes from of the token that the intermediate's key is in, if it is in one.
struct PINOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "For an intermediate's key in a token: a file (0600) whose first line is the PIN (default: $TACET_PIN_FILE; else the terminal is asked).",
      valueName: "file"))
  var pinFile: String?

  /// The PIN, from the file or typed at the terminal without being shown.
  func pin() throws -> PKCS11PIN {
    if let path = pinFile ?? ProcessInfo.processInfo.environment["TACET_PIN_FILE"] {
      return try PKCS11PIN(file: URL(fileURLWithPath: path))
    }
    return try PKCS11PIN(try Terminal.ask("PIN of the token: ", orGive: "--pin-file"))
  }

  /// The PIN, where a key of the authority of a state folder is in a token.
  func pin(state: URL) throws -> PKCS11PIN? {
    try CertificateAuthority.needsPIN(state: state) ? pin() : nil
  }
}
