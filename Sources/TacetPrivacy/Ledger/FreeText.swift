import Foundation
import TacetLog

/// What a person wrote, in the characters that the ledger takes: bytes outside printable ASCII, and `"`, `\` and `%`, are
/// written as `%` and two upper-case hexadecimal digits (as RFC 3986, section 2.1). One text has one encoding.
enum FreeText {
  static func encode(_ text: String) -> String {
    text.utf8.reduce(into: "") { encoded, byte in
      if CanonicalWriter.isPlain(byte), byte != UInt8(ascii: "%") {
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += digits.count == 1 ? "%0" + digits : "%" + digits
      }
    }
  }

  /// nil when `encoded` is not what `encode` makes of some text.
  static func decode(_ encoded: String) -> String? {
    guard let text = encoded.removingPercentEncoding, encode(text) == encoded else { return nil }
    return text
  }
}
