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

  fileprivate static var encoder: JSONEncoder {
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

/// A result that is a list too long to hold, printed while it is made: in JSON one object, whose members are the list and `count`.
struct ListOutput {
  /// So much is written at once, in bytes.
  private static let block = 1 << 20

  private let format: OutputFormat
  private let encoder = CommonOptions.encoder
  private var pending: Data
  private(set) var count = 0

  /// - Parameter key: what the list is called in JSON; it sorts before `count`.
  init(_ common: CommonOptions, key: StaticString) {
    format = common.format
    pending = Data(common.format == .json ? "{\"\(key)\":[".utf8 : "".utf8)
  }

  /// Takes the next item.
  mutating func append(_ item: some Encodable, text: @autoclosure () -> String) throws {
    switch format {
    case .text: pending += Data((text() + "\n").utf8)
    case .json:
      if count > 0 { pending.append(UInt8(ascii: ",")) }
      pending += try encoder.encode(item)
    }
    count += 1
    if pending.count >= Self.block { try write() }
  }

  /// Ends the list.
  /// - Parameter text: a last line for people.
  mutating func finish(text: @autoclosure () -> String) throws {
    pending += Data((format == .json ? "],\"count\":\(count)}\n" : text() + "\n").utf8)
    try write()
  }

  private mutating func write() throws {
    try FileHandle.standardOutput.write(contentsOf: pending)
    pending.removeAll(keepingCapacity: true)
  }
}
