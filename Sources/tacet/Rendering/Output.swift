import ArgumentParser
import Foundation

/// How a command prints its result.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
}

/// The flags every command has.
struct CommonOptions: ParsableArguments {
  @Option(help: "How to print the result: text, or json (one object on standard output).")
  var format: OutputFormat = .text

  @Option(help: ArgumentHelp("The state folder (default: $TACET_STATE, else .tacet).", valueName: "dir"))
  var state: String?

  /// The state folder in force.
  var stateFolder: URL {
    let path = state ?? ProcessInfo.processInfo.environment["TACET_STATE"] ?? ".tacet"
    return URL(fileURLWithPath: path, isDirectory: true)
  }

  /// Prints `result` as text lines or as one JSON object with snake_case keys; nothing else goes to standard output.
  func print(_ result: some Encodable, text: @autoclosure () -> String) throws {
    switch format {
    case .text:
      try Self.write(text())
    case .json:
      try Self.write(String(decoding: try Self.encoder.encode(result), as: UTF8.self))
    }
  }

  /// What JSON looks like here: snake_case keys, sorted.
  static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return encoder
  }

  /// At once and past all buffers: what cannot be written is an error, not lost in silence.
  private static func write(_ lines: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Data((lines + "\n").utf8))
  }
}
