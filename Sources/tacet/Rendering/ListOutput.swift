import Foundation

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
