import Foundation
import SwiftASN1

/// A time in whole seconds as certificates and revocation lists have it: UTCTime through 2049, GeneralizedTime without fractions
/// from 2050 (RFC 5280 §4.1.2.5, §5.1.2.4).
struct DERTime: Hashable, Sendable {
  /// Since 1970.
  let seconds: Int64

  var date: Date { Date(timeIntervalSince1970: TimeInterval(seconds)) }

  /// - Parameter date: cut to whole seconds; held to the years 1950 to 9999.
  init(_ date: Date) {
    let bounded = min(max(date.timeIntervalSince1970, -631_152_000), 253_402_300_799)
    seconds = bounded.isNaN ? 0 : Int64(bounded.rounded(.down))
  }

  /// - Throws: `ASN1Error` for anything but a time of the right kind for its year, in UTC, without fractions.
  init(_ node: ASN1Node) throws {
    guard node.identifier == .utcTime else {
      let time = try DERTime(generalized: node)
      guard time.seconds >= Self.days(year: 2050, month: 1, day: 1) * 86400 else {
        throw ASN1Error.invalidASN1Object(reason: "a time in the wrong form")
      }
      self = time
      return
    }
    let time = try UTCTime(derEncoded: node)
    self.init(
      seconds: Self.days(year: time.year, month: time.month, day: time.day) * 86400
        + Int64(time.hours * 3600 + time.minutes * 60 + time.seconds))
  }

  private init(seconds: Int64) { self.seconds = seconds }

  /// A GeneralizedTime of any year, as OCSP has it (RFC 6960 §4.2.2.1).
  /// - Throws: `ASN1Error` for anything else, or one with fractions.
  init(generalized node: ASN1Node) throws {
    let time = try GeneralizedTime(derEncoded: node)
    guard time.rawFractionalSeconds.isEmpty else {
      throw ASN1Error.invalidASN1Object(reason: "a time with fractions")
    }
    seconds =
      Self.days(year: time.year, month: time.month, day: time.day) * 86400
      + Int64(time.hours * 3600 + time.minutes * 60 + time.seconds)
  }

  /// Appends the DER, as certificates have it.
  func serialize(into coder: inout DER.Serializer) throws { try serialize(into: &coder, isGeneralized: false) }

  /// Appends the DER of a GeneralizedTime, as OCSP has it.
  func serializeGeneralized(into coder: inout DER.Serializer) throws {
    try serialize(into: &coder, isGeneralized: true)
  }

  private func serialize(into coder: inout DER.Serializer, isGeneralized: Bool) throws {
    let day = Int64((Double(seconds) / 86400).rounded(.down))
    let rest = Int(seconds - day * 86400)
    let (year, month, dayOfMonth) = Self.civil(day)
    let (hours, minutes) = (rest / 3600, rest / 60 % 60)
    if year < 2050, !isGeneralized {
      try coder.serialize(
        UTCTime(year: year, month: month, day: dayOfMonth, hours: hours, minutes: minutes, seconds: rest % 60))
    } else {
      try coder.serialize(
        GeneralizedTime(
          year: year, month: month, day: dayOfMonth, hours: hours, minutes: minutes, seconds: rest % 60,
          fractionalSeconds: 0))
    }
  }

  /// Days since 1970-01-01 of a day in the proleptic Gregorian calendar, for years from 1; years begin in March here.
  private static func days(year: Int, month: Int, day: Int) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return Int64(shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468)
  }

  /// The inverse of ``days(year:month:day:)``.
  private static func civil(_ days: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = Int(days) + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
    return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
  }
}
