/// Text from elsewhere, fit to be shown: what would steer a terminal or reorder a line shows as U+FFFD.
enum Printable {
  /// The scalars of `text` with control, text-direction and non-character scalars replaced.
  static func scalars(of text: String) -> [Unicode.Scalar] {
    text.unicodeScalars.map { isHarmless($0) ? $0 : "\u{FFFD}" }
  }

  /// `text` with control, text-direction and non-character scalars replaced.
  static func text(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    shown.append(contentsOf: scalars(of: text))
    return String(shown)
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: false
    case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: false
    case 0xFFFE, 0xFFFF: false
    default: true
    }
  }
}
