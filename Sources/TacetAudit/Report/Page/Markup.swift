/// HTML source. What is interpolated into it as a `String` is escaped; only literals and other `Markup` pass as they are, so
/// a name from the mesh cannot become an element, an attribute or a script.
struct Markup: ExpressibleByStringInterpolation, Sendable {
  private(set) var source: String

  init(stringLiteral value: String) {
    source = value
  }

  init(stringInterpolation: Interpolation) {
    source = stringInterpolation.source
  }

  /// All parts, one after the other.
  init(_ parts: [Markup]) {
    source = parts.map(\.source).joined(separator: "\n")
  }

  /// Text as a person typed it, made harmless.
  init(text: String) {
    source = Self.escape(text)
  }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate(set) var source = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      source.reserveCapacity(literalCapacity + interpolationCount * 16)
    }

    mutating func appendLiteral(_ literal: String) {
      source += literal
    }

    mutating func appendInterpolation(_ text: String) {
      source += Markup.escape(text)
    }

    mutating func appendInterpolation(_ number: Int) {
      source += String(number)
    }

    mutating func appendInterpolation(_ markup: Markup) {
      source += markup.source
    }

    mutating func appendInterpolation(_ parts: [Markup]) {
      source += Markup(parts).source
    }

    /// A coordinate of a drawing, to a tenth of a pixel.
    mutating func appendInterpolation(at coordinate: Double) {
      source += Numeral.fixed(coordinate, 1)
    }
  }

  /// The five characters with a meaning in HTML as entities; control and text-direction characters visible as U+FFFD.
  private static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in Printable.scalars(of: text) {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
