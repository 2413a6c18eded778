import Foundation
import TacetPrivacy

/// Why a line of a history cannot be read.
struct ReleaseHistoryError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// One line of `tacet privacy epsilon`: read in one pass over its bytes, so that a million releases take a fraction of a
/// second. Keys may come in any order, once each; unknown ones are refused.
struct ReleaseHistoryLine {
  /// The longest line in bytes.
  static let longest = 1 << 30

  private(set) var releases = GaussianHistory()
  private(set) var delta: Double?

  /// - Throws: `ReleaseHistoryError`, `PrivacyParameterError`.
  init(_ line: [UInt8]) throws {
    var scanner = JSONScanner(line)
    var hasReleases = false
    try scanner.object { key, scanner throws in
      switch key {
      case "releases" where !hasReleases:
        hasReleases = true
        try scanner.array { scanner throws in try self.addRelease(&scanner) }
      case "delta" where delta == nil: delta = try scanner.number()
      default: throw ReleaseHistoryError("unexpected key \"\(key)\": known are releases and delta, once each")
      }
    }
    try scanner.end()
    guard hasReleases else { throw ReleaseHistoryError("there are no releases") }
  }

  private mutating func addRelease(_ scanner: inout JSONScanner) throws {
    var sensitivity: Double?
    var sigma: Double?
    var count: UInt64?
    try scanner.object { key, scanner throws in
      switch key {
      case "sensitivity" where sensitivity == nil: sensitivity = try scanner.number()
      case "sigma" where sigma == nil: sigma = try scanner.number()
      case "count" where count == nil:
        let value = try scanner.number()
        guard let whole = UInt64(exactly: value) else {
          throw ReleaseHistoryError("count \(value) is not a whole number of releases")
        }
        count = whole
      default:
        throw ReleaseHistoryError("unexpected key \"\(key)\": known are sensitivity, sigma and count, once each")
      }
    }
    guard let sensitivity, let sigma else { throw ReleaseHistoryError("a release needs sensitivity and sigma") }
    try releases.add(sensitivity: sensitivity, sigma: sigma, count: count ?? 1)
  }
}
