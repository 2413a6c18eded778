import Foundation
import Testing

@testable import TacetIdentity

/// C2SP's x509-limbo, and Netflix's BetterTLS that is part of it, where `TACET_LIMBO` names its `limbo.json`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["TACET_LIMBO"] != nil)) struct LimboTests {
  /// The cases in the tables of README.md, whose result differs from the expected one, each with the expected one.
  static func differences() throws -> [String: LimboCase.Expected] {
    let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("README.md")
    var found: [String: LimboCase.Expected] = [:]
    for line in try String(contentsOf: readme, encoding: .utf8).split(separator: "\n") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 3, let expected = LimboCase.Expected(rawValue: cells[1]), !cells[2].isEmpty else { continue }
      for name in cells[0].matches(of: /`([^`]+)`/) { found[String(name.1)] = expected }
    }
    return found
  }

  /// Every case agrees with the expected result or is a listed difference, and every listed difference is one.
  @Test func agrees() async throws {
    let file = try #require(ProcessInfo.processInfo.environment["TACET_LIMBO"])
    let cases = try LimboCase.load(URL(fileURLWithPath: file))
    let differences = try Self.differences()
    var (agreed, differed, skipped) = (0, 0, 0)
    for example in cases {
      guard example.inapplicable == nil else {
        skipped += 1
        continue
      }
      let (actual, reason) = await Self.result(of: example)
      let isListed = differences[example.id] == example.expectedResult
      if actual == example.expectedResult {
        agreed += 1
        #expect(!isListed, "\(example.id) agrees: strike it from the README")
      } else {
        differed += 1
        #expect(isListed, "\(example.id): expected \(example.expectedResult.rawValue), but \(reason)")
      }
    }
    print("limbo: \(cases.count) cases, \(agreed) agree, \(differed) differ, \(skipped) do not apply")
    #expect(Set(differences.keys).subtracting(cases.map(\.id)).isEmpty, "listed, and not there")
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
