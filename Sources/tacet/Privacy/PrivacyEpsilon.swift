import ArgumentParser
import Foundation
import TacetPrivacy

/// `tacet privacy epsilon`: ε of histories of Gaussian releases.
struct PrivacyEpsilon: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "epsilon", abstract: "Compute epsilon of histories of Gaussian releases, rounded outward.",
    discussion: """
      Reads JSON Lines, a history a line, and answers each with a line of JSON:
        {"releases":[{"sensitivity":2,"sigma":8,"count":10}],"delta":1e-6}
        {"delta":1e-06,"epsilon":3.9…,"mu":0.79…}
      sensitivity is the L2 sensitivity and sigma the noise's standard deviation, in one unit; count is 1 unless given. With
      a dimension for each release (how many numbers it has; sensitivity then is 2R and sigma S, in grid units) the answer has
      delta_slack, what the noise tables add to delta. A
      line's own delta wins over --delta. A line that cannot be read ends the command, after those before it are answered.

      EXAMPLES
        echo '{"releases":[{"sensitivity":1,"sigma":1}]}' | tacet privacy epsilon --delta 1e-6 --input -
      """)

  @Option(help: ArgumentHelp("The delta of lines that have none of their own, between 0 and 1.", valueName: "delta"))
  var delta: Double?

  @Option(help: ArgumentHelp("A file of JSON Lines, or - for standard input.", valueName: "file"))
  var input: String

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let delta, !(delta > 0 && delta < 1) {
      throw ValidationError("--delta is \(delta), allowed: a number strictly between 0 and 1")
    }
  }

  func run() async throws {
    let name = input == "-" ? "standard input" : input
    var lines = try LineReader(path: input, longestLine: ReleaseHistoryLine.longest)
    var number = 0
    while let batch = try lines.next() {
      var answers = Data()
      for line in batch {
        number += 1
        do {
          answers += try answer(line)
        } catch {
          try FileHandle.standardOutput.write(contentsOf: answers)
          throw LedgerFailure.malformed("\(name), line \(number): \(error)")
        }
      }
      try FileHandle.standardOutput.write(contentsOf: answers)
    }
  }

  private func answer(_ line: [UInt8]) throws -> Data {
    let history = try ReleaseHistoryLine(line)
    guard let delta = history.delta ?? delta else {
      throw ReleaseHistoryError("no delta: give one on the line or as --delta")
    }
    let epsilon = try history.releases.epsilon(delta: delta)
    // The shortest digits that read back as the same number: no rounding after the outward one.
    let slack = history.deltaSlack(epsilon: epsilon, delta: delta).map { ",\"delta_slack\":\($0)" } ?? ""
    return Data("{\"delta\":\(delta)\(slack),\"epsilon\":\(epsilon),\"mu\":\(history.releases.mu)}\n".utf8)
  }
}
