import Foundation

/// Small things about JSON texts.
enum JSONText {
  private static let deepest = 8

  /// Whether arrays and objects are nested no deeper than any of ours: asked before a parser, which is recursive, sees it.
  static func isShallow(_ json: Data) -> Bool {
    var (depth, isText, isEscaped) = (0, false, false)
    for byte in json {
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isText = true
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        guard depth <= deepest else { return false }
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: continue
      }
    }
    return true
  }

  /// A string as JSON has it.
  static func string(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(text) else { return "\"\"" }
    return String(decoding: data, as: UTF8.self)
  }
}
