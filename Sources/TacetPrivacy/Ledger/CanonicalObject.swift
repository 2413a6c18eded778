/// A flat JSON object in its one canonical spelling: keys sorted by bytes, no white space, values that are unsigned
/// integers or strings of printable ASCII without `"` and `\`. What needs escaping cannot be said.
struct CanonicalObject: Hashable {
  enum Value: Hashable {
    case integer(UInt64)
    case string(String)
  }

  private(set) var fields: [String: Value]

  init(_ fields: [String: Value]) {
    self.fields = fields
  }

  /// Parses; nil when the bytes are not exactly what `bytes` would produce.
  init?(bytes: some Collection<UInt8>) {
    var parser = Parser(rest: Array(bytes)[...])
    guard let fields = parser.object() else { return nil }
    self.fields = fields
    // One meaning, one encoding: the order of keys and each number's spelling are settled by writing it again.
    guard self.bytes.elementsEqual(bytes) else { return nil }
  }

  /// The canonical bytes.
  var bytes: [UInt8] {
    let members = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { key, value in
      switch value {
      case .integer(let number): "\"\(key)\":\(number)"
      case .string(let text): "\"\(key)\":\"\(text)\""
      }
    }
    return Array("{\(members.joined(separator: ","))}".utf8)
  }

  /// Whether a string can be said.
  static func isPlain(_ byte: UInt8) -> Bool {
    (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  /// Takes an integer field out; nil when it is missing or not an integer.
  mutating func takeInteger(_ key: String) -> UInt64? {
    guard case .integer(let value)? = fields.removeValue(forKey: key) else { return nil }
    return value
  }

  /// Takes a string field out; nil when it is missing or not a string.
  mutating func takeString(_ key: String) -> String? {
    guard case .string(let value)? = fields.removeValue(forKey: key) else { return nil }
    return value
  }
}

extension CanonicalObject {
  private struct Parser {
    var rest: ArraySlice<UInt8>

    mutating func object() -> [String: Value]? {
      guard skip("{") else { return nil }
      var fields: [String: Value] = [:]
      repeat {
        guard let key = string(), skip(":"), let value = value(), fields.updateValue(value, forKey: key) == nil
        else { return nil }
      } while skip(",")
      return skip("}") && rest.isEmpty ? fields : nil
    }

    private mutating func value() -> Value? {
      if let text = string() { return .string(text) }
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let number = UInt64(String(decoding: digits, as: UTF8.self)) else { return nil }
      rest = rest.dropFirst(digits.count)
      return .integer(number)
    }

    private mutating func string() -> String? {
      guard skip("\"") else { return nil }
      let text = rest.prefix(while: CanonicalObject.isPlain)
      rest = rest.dropFirst(text.count)
      return skip("\"") ? String(decoding: text, as: UTF8.self) : nil
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest = rest.dropFirst()
      return true
    }
  }
}
