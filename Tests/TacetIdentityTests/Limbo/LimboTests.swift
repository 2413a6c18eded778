import Foundation
import Testing

@testable import TacetIdentity

/// C2SP's x509-limbo, and Netflix's BetterTLS that is part of it, where `TACET_LIMBO` names its `limbo.json`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["TACET_LIMBO"] != nil)) struct LimboTests {
  /// A row of the table in README.md: cases whose result differs from the expected one, and why.
  struct Difference {
    let pattern: String
    let expected: LimboCase.Expected
    let reason: String

    /// A pattern is the name of a case, or the beginning of several with `*` at its end.
    func matches(_ id: String) -> Bool {
      pattern.hasSuffix("*") ? id.hasPrefix(pattern.dropLast()) : id == pattern
    }
  }

  static func differences() throws -> [Difference] {
    let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("README.md")
    return try String(contentsOf: readme, encoding: .utf8).split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 3, let expected = LimboCase.Expected(rawValue: cells[1]) else { return nil }
      return Difference(pattern: cells[0].replacing("`", with: ""), expected: expected, reason: cells[2])
    }
  }

  /// Every case agrees with the expected result or is a listed difference, and every listed difference is one.
  @Test func agrees() async throws {
    let file = try #require(ProcessInfo.processInfo.environment["TACET_LIMBO"])
    let cases = try LimboCase.load(URL(fileURLWithPath: file))
    let differences = try Self.differences()
    var used: Set<String> = []
    var (agreed, differed, skipped) = (0, 0, 0)
    for example in cases {
      guard example.inapplicable == nil else {
        skipped += 1
        continue
      }
      let (actual, reason) = await Self.result(of: example)
      let listed = differences.filter { $0.matches(example.id) && $0.expected == example.expectedResult }
      if actual == example.expectedResult {
        agreed += 1
        // A pattern of several may hold a case that agrees; the name of one may not.
        #expect(!listed.contains { $0.pattern == example.id }, "\(example.id) agrees now: strike it from the README")
      } else {
        differed += 1
        used.formUnion(listed.map(\.pattern))
        #expect(!listed.isEmpty, "\(example.id): expected \(example.expectedResult.rawValue), but \(reason)")
      }
    }
    print("limbo: \(cases.count) cases, \(agreed) agree, \(differed) differ as listed, \(skipped) do not apply")
    for difference in differences where cases.contains(where: { difference.matches($0.id) }) {
      #expect(used.contains(difference.pattern), "\(difference.pattern) is listed, and no case differs")
    }
  }

  private static func result(of example: LimboCase) async -> (LimboCase.Expected, String) {
    do {
      try await LimboJudge.judge(example)
      return (.success, "accepted")
    } catch {
      return (.failure, "refused: \(error)")
    }
  }
}
