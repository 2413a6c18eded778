import ArgumentParser
import Foundation
import TacetTrust

/// `tacet bench aggregate`: how fast the rules are, beside the time in which their input is read once.
struct BenchAggregate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aggregate", abstract: "Measures the aggregation rules, beside reading their input once.",
    discussion: """
      Vectors are random, in memory, and the same for every rule. `per_second` counts input numbers, and `seconds` is the fastest of the
      rounds, in which the rules take turns. The row `read` is the time to look at all input once on as many threads; the row
      `trimmed-mean and median` has both from one sort.

      EXAMPLES
        tacet bench aggregate --n 100 --d 1000000 --format json
        tacet bench aggregate --rules krum,geometric-median --threads 1
      """)

  @Option(help: ArgumentHelp("How many vectors.", valueName: "count"))
  var n = 100

  @Option(help: ArgumentHelp("How many numbers each has.", valueName: "count"))
  var d = 1_000_000

  @Option(help: ArgumentHelp("Threads (default: one for each core).", valueName: "count"))
  var threads: Int?

  @Option(help: ArgumentHelp("Rules, separated by commas (default: all).", valueName: "names"))
  var rules: String?

  @Option(help: ArgumentHelp("Rounds of measurement.", valueName: "count"))
  var rounds = 5

  @Flag(help: "Mix nearest neighbours before each rule.")
  var mix = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (1...10_000).contains(n) else { throw ValidationError("--n is 1 to 10000") }
    guard (1...100_000_000).contains(d), n * d <= 1 << 31 else {
      throw ValidationError("--d is 1 to 100000000, and n times d at most 2^31")
    }
    guard threads.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--threads is 1 to 1024") }
    guard (1...1000).contains(rounds) else { throw ValidationError("--rounds is 1 to 1000") }
    _ = try chosen()
  }

  private func chosen() throws -> [AggregationRule.Name] {
    try rules.map { try AggregationRule.Name.list($0, flag: "--rules") } ?? AggregationRule.Name.allCases
  }

  func run() throws {
    let bench = AggregationBench(n: n, d: d, threads: threads ?? ProcessInfo.processInfo.activeProcessorCount)
    let names = try chosen()
    let measured = try bench.fastest(of: names, mixing: mix, rounds: rounds)
    let report = BenchReport(
      results: measured.map { name, elapsed in
        var result = BenchReport.Result(
          name: mix && name != "read" ? "\(name) after mixing" : name, count: n * d, elapsed: elapsed)
        (result.rule, result.n, result.d) = (name, n, d)
        return result
      })
    try common.print(report, text: report.text)
  }
}
