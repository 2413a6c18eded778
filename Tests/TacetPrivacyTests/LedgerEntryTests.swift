import Testing

@testable import TacetPrivacy

/// The leaf format: one entry, one encoding.
@Suite struct LedgerEntryTests {
  private static let charge =
    #"{"cost":5,"device":"cam","dimension":7,"index":3,"kind":"charge","precision":64,"radius":4,"release":"r","scale":64,"time":9,"version":1}"#
  private static let budget =
    #"{"delta":"1e-06","device":"cam","epsilon":"8.0","index":0,"kind":"budget","limit":7,"time":9,"version":1,"window":0}"#

  @Test func encodings() throws {
    let charge = LedgerEntry(
      index: 3, time: 9, device: "cam",
      content: .charge(
        .init(release: "r", radius: 4, scale: 64, dimension: 7, precision: .narrow, cost: 5)))
    #expect(String(decoding: charge.canonicalBytes, as: UTF8.self) == Self.charge)
    #expect(LedgerEntry(canonicalBytes: Array(Self.charge.utf8)) == charge)
    let budget = LedgerEntry(
      index: 0, time: 9, device: "cam",
      content: .budget(.init(epsilon: 8, delta: 1e-6, limit: 7, windowSeconds: 0)))
    #expect(String(decoding: budget.canonicalBytes, as: UTF8.self) == Self.budget)
    #expect(LedgerEntry(canonicalBytes: Array(Self.budget.utf8)) == budget)
  }

  /// Each change makes an entry that says nothing, or the same in another way.
  @Test(arguments: [
    ("charge\"", "refund\""), ("\"version\":1", "\"version\":2"), ("\"cost\":5", "\"cost\":05"),
    ("\"cost\":5", "\"cost\":5.0"), ("\"cost\":5", "\"cost\":-5"), ("\"cost\":5", "\"cost\":\"5\""),
    ("\"cost\":5", "\"cost\":18446744073709551616"), ("\"cost\":5,", ""), ("{\"cost\"", "{ \"cost\""),
    ("\"cost\":5,\"device\":\"cam\"", "\"device\":\"cam\",\"cost\":5"), ("\"cost\":5", "\"cost\":5,\"cost\":5"),
    ("\"cam\"", "\"c\\u0061m\""), ("\"cam\"", "\"c\u{e9}m\""), ("}", "} "), ("}", ""),
    ("\"time\":9", "\"time\":9,\"trust\":1"), ("\"precision\":64", "\"precision\":65"),
  ])
  func otherSpellingsAreRefused(old: String, new: String) {
    let changed = Self.charge.replacing(old, with: new)
    #expect(changed != Self.charge)
    #expect(LedgerEntry(canonicalBytes: Array(changed.utf8)) == nil)
  }
}
