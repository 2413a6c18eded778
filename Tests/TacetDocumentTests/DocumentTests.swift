import Foundation
import Testing

@testable import TacetDocument

@Suite struct DocumentTests {
  private func parse(_ text: String) throws(DocumentError) -> DocumentMapping {
    try Document.parse(Data(text.utf8), file: "x.yaml")
  }

  /// The error of `body`, which must be one.
  private func refusal(_ text: String, _ body: (DocumentMapping) throws(DocumentError) -> Void) -> DocumentError? {
    do throws(DocumentError) {
      let root = try parse(text)
      try body(root)
      try root.finish()
      return nil
    } catch { return error }
  }

  @Test func readsEachKindOfValue() throws {
    let root = try parse(
      """
      name: city
      rule: mean
      count: 3
      share: 1.0e-6
      wait: 200ms
      at: 2026-01-31T07:00:00Z
      words: [a, b]
      shape: [1, 2]
      shares: [0.5, -1e-3]
      inner: {key: value}
      rows: [{a: 1}, {a: 2}]
      """)
    #expect(try root.string("name") == "city")
    #expect(try root.choice("rule", of: ["mean", "median"]) == "mean")
    #expect(try root.integer("count", in: 1...3) == 3)
    #expect(try root.optionalInteger("absent", in: 1...3) == nil)
    #expect(try root.number("share", in: 0...1) == 1e-6)
    #expect(try root.duration("wait", in: .zero ... .seconds(1)) == .milliseconds(200))
    #expect(try root.date("at").timeIntervalSince1970 == 1_769_842_800)
    #expect(try root.strings("words") == ["a", "b"])
    #expect(try root.integers("shape", in: 1...9) == [1, 2])
    #expect(try root.numbers("shares", in: -1...1) == [0.5, -1e-3])
    #expect(try root.optionalNumbers("absent", in: 0...1) == nil)
    #expect(try root.optionalNumber("absent", in: 0...1) == nil)
    #expect(try root.optionalNumber("share", in: 0...1) == 1e-6)
    #expect(try root.mapping("inner").string("key") == "value")
    #expect(try root.optionalMapping("absent") == nil)
    #expect(try root.mappings("rows").map { row in try row.integer("a", in: 0...9) } == [1, 2])
    try root.finish()
  }

  @Test(arguments: [
    ("15s", Duration.seconds(15)), ("3m", .seconds(180)), ("24h", .seconds(86400)), ("7d", .seconds(604_800)),
    ("0ms", .zero),
  ])
  func durations(word: String, expected: Duration) throws {
    #expect(try parse("t: \(word)").duration("t", in: .zero ... .seconds(1_000_000)) == expected)
  }

  @Test(arguments: ["15", "s", "-1s", "1.5s", "1 s", "1w", "99999999999s", "١s", ""])
  func noDurations(word: String) {
    #expect(
      refusal("t: \"\(word)\"") { root throws(DocumentError) in _ = try root.duration("t", in: .zero ... .seconds(9)) }?
        .line == 1)
  }

  @Test(arguments: ["4", "0", "1.5", "x", "1e0", "0x2", "99999999999999999999", "[1]", "~"])
  func integersOutOfRange(word: String) {
    let error = refusal("a: 1\nn: \(word)\n") { root throws(DocumentError) in
      _ = try root.integer("a", in: 1...3)
      _ = try root.integer("n", in: 1...3)
    }
    #expect(error?.line == 2)
    #expect(error?.kind == .malformed)
  }

  @Test(arguments: [".nan", "nan", "inf", "-0.1", "1.1", "x"])
  func numbersOutOfRange(word: String) {
    #expect(refusal("n: \(word)") { root throws(DocumentError) in _ = try root.number("n", in: 0...1) }?.line == 1)
    let list = refusal("a: 1\nn: [0.5, \(word)]") { root throws(DocumentError) in _ = try root.numbers("n", in: 0...1) }
    #expect(list?.line == 2 && list?.description.contains("list of numbers from 0.0 to 1.0") == true)
  }

  @Test func unknownKeysAreNamedWithTheNearestKnown() {
    let error = refusal("deadline: 1\ninner:\n  dead_line: 2\n") { root throws(DocumentError) in
      _ = try root.integer("deadline", in: 1...3)
      let inner = try root.mapping("inner")
      _ = try inner.optionalInteger("deadline", in: 1...3)
    }
    #expect(error?.line == 3)
    #expect(error?.description == "x.yaml:3: unknown key inner.dead_line: did you mean deadline?")
  }

  @Test func aMissingKeyIsNamed() {
    let error = refusal("a: {b: 1}") { root throws(DocumentError) in _ = try root.mapping("a").string("c") }
    #expect(error?.description.contains("a.c is missing") == true)
  }

  @Test(arguments: [
    "a: 1\na: 2", "[1, 2]", "", "just words", "a: [", "a: &x\n b: *y", "a: 1\n---\nb: 2", "? [k]\n: 1", "\t- a: b: c",
  ])
  func noDocuments(text: String) {
    #expect(
      refusal(text) { root throws(DocumentError) in _ = try root.optionalInteger("a", in: 0...9) }?.kind == .malformed)
  }

  /// A few lines that stand for 2^40 values, as a key, where finding duplicates would walk them all.
  @Test func aliasBombs() {
    let doublings = (1...40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
    let error = refusal("a0: &a0 [x]\n\(doublings)? *a40\n: 1\n") { _ throws(DocumentError) in }
    #expect(error?.line == 1)
    #expect(error?.description.contains("alias") == true)
  }

  @Test(arguments: ["a: *b", "a: [x,*b]", "a: {k:*b}", "? *b", "x: &b 1", "- &b", "a: \u{2028}*b"])
  func anchorsAndAliases(text: String) {
    #expect(refusal(text) { _ throws(DocumentError) in }?.description.contains("aliases") == true)
  }

  @Test func whatOnlyLooksLikeThem() throws {
    #expect(try parse("a: x*y & z&w # & so * on").string("a") == "x*y & z&w")
  }

  @Test(arguments: ["[", "{a: ", "- "])
  func deepNesting(opening: String) {
    let text = "a: 1\nb:\n  " + String(repeating: opening, count: 100_000)
    #expect(refusal(text) { _ throws(DocumentError) in }?.kind == .malformed)
  }

  @Test func notText() {
    #expect(throws: DocumentError.self) { try Document.parse(Data([0x61, 0x3A, 0x20, 0xFF, 0xFE]), file: "x") }
  }

  @Test func files() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    do throws(DocumentError) {
      _ = try Document.load(from: file)
      Issue.record("a missing file was read")
    } catch {
      #expect(error.kind == .missing)
      #expect(error.description.contains(file.path))
    }
    let limit = Data("a: 1\n#".utf8) + Data(repeating: 0x78, count: Document.maximumBytes - 6)
    try limit.write(to: file)
    #expect(try Document.load(from: file).integer("a", in: 1...1) == 1)
    try (limit + Data("x".utf8)).write(to: file)
    #expect(throws: DocumentError.self) { try Document.load(from: file) }
  }
}
