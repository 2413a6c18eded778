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
  /// What the noise tables of these releases cost, all narrow or all wide, and the least weight of one; nil where no dimension
  /// was given.
  private var slack: (narrow: ImplementationSlack, wide: ImplementationSlack, least: UInt64)?
  private var hasIdeal = false

  /// δ′ at an ε, to be added to δ: from the 64-bit table as long as a ledger would take it, from the 128-bit one after that.
  func deltaSlack(epsilon: Double, delta: Double) -> Double? {
    slack.map { slack in
      let limit = ImplementationSlack.narrowLimit(epsilon: epsilon, delta: delta)
      if slack.narrow.narrow <= limit { return slack.narrow.delta(at: epsilon) }
      if slack.least > limit { return slack.wide.delta(at: epsilon) }
      return (slack.wide + ImplementationSlack(narrow: limit, wide: 0, tail: .max)).delta(at: epsilon)
    }
  }

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
    var dimension: UInt64?
    try scanner.object { key, scanner throws in
      switch key {
      case "sensitivity" where sensitivity == nil: sensitivity = try scanner.number()
      case "sigma" where sigma == nil: sigma = try scanner.number()
      case "count" where count == nil:
        count = try scanner.whole("count")
      case "dimension" where dimension == nil:
        dimension = try scanner.whole("dimension")
      default:
        throw ReleaseHistoryError(
          "unexpected key \"\(key)\": known are sensitivity, sigma, count and dimension, once each")
      }
    }
    guard let sensitivity, let sigma else { throw ReleaseHistoryError("a release needs sensitivity and sigma") }
    try releases.add(sensitivity: sensitivity, sigma: sigma, count: count ?? 1)
    try addSlack(sensitivity: sensitivity, sigma: sigma, count: count ?? 1, dimension: dimension)
  }

  /// Of noise by our tables: the sensitivity is 2R and sigma S, both in grid units.
  private mutating func addSlack(
    sensitivity: Double, sigma: Double, count: UInt64, dimension: UInt64?
  ) throws {
    hasIdeal = hasIdeal || dimension == nil
    guard !(hasIdeal && (dimension != nil || slack != nil)) else {
      throw ReleaseHistoryError("dimension is given for some releases: give it for all of a line, or for none")
    }
    guard let dimension else { return }
    guard (1...UInt64(Releaser.largestDimension)).contains(dimension) else {
      throw ReleaseHistoryError("dimension \(dimension) is not from 1 to \(Releaser.largestDimension)")
    }
    guard let radius = Int(exactly: sensitivity / 2), let scale = Int(exactly: sigma) else {
      throw ReleaseHistoryError("with a dimension, sensitivity is 2R and sigma S: whole numbers of the grid")
    }
    let parameters = try ReleaseParameters(radius: radius, scale: scale)
    let (all, overflow) = dimension.multipliedReportingOverflow(by: count)
    let coordinates = overflow ? .max : all
    let narrow = ImplementationSlack(of: parameters, dimension: coordinates, precision: .narrow)
    let wide = ImplementationSlack(of: parameters, dimension: coordinates, precision: .wide)
    let weight = ImplementationSlack.weight(of: parameters, dimension: dimension)
    slack = slack.map { ($0.narrow + narrow, $0.wide + wide, min($0.least, weight)) } ?? (narrow, wide, weight)
  }
}

extension JSONScanner {
  /// A whole number that is not negative.
  fileprivate mutating func whole(_ key: String) throws -> UInt64 {
    let value = try number()
    guard let whole = UInt64(exactly: value) else {
      throw ReleaseHistoryError("\(key) \(value) is not a whole number below 2^64")
    }
    return whole
  }
}
