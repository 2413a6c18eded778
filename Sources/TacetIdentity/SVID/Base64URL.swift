import Foundation
import TacetLog

/// Base64 for URLs, without padding (RFC 4648 §5): of each value one spelling only.
enum Base64URL {
  /// The text of some bytes.
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    let standard = Data(bytes).base64EncodedString().utf8.lazy.prefix { $0 != UInt8(ascii: "=") }
    return String(
      decoding: standard.map { byte in
        switch byte {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: byte
        }
      }, as: UTF8.self)
  }

  /// The bytes of a text; nil where it is not exactly what ``text(_:)`` makes.
  static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    var standard: [UInt8] = []
    standard.reserveCapacity(text.utf8.count + 3)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
      case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
      case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
      default: standard.append(byte)
      }
    }
    standard += Array(repeating: UInt8(ascii: "="), count: (4 - standard.count % 4) % 4)
    return NoteVerifier.canonicalBase64(String(decoding: standard, as: UTF8.self))
  }
}
