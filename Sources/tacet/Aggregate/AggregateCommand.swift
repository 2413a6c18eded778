import ArgumentParser
import Foundation
import TacetInference
import TacetTrust

/// `tacet aggregate`: many vectors, of which some may be lies, become one.
struct AggregateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aggregate", abstract: "Make one vector of many, of which some may be lies.",
    discussion: """
      Each input is a .npy file of n vectors of d numbers (float32, or whole numbers of 8, 16 or 32 bits), or of one vector. A vector that
      holds NaN or an infinity, or has another length than most, is left out, and counts as one of the liars.

      The rule must stand as many liars as --byzantine says among the vectors there are: median, geometric-median and
      centred-clipping stand f < n/2, trimmed-mean --trim of them, krum and multi-krum 2f + 2 < n, the mean none.

      Exit status 65 when a file is malformed, or when too few vectors are left for the liars.

      EXAMPLES
        tacet aggregate --rule trimmed-mean --byzantine 2 --input updates.npy --out update.npy
        tacet aggregate --rule krum --byzantine 1 --mix --input a.npy --input b.npy --input c.npy --input d.npy --out x.npy
      """)

  @Option(
    help: ArgumentHelp(
      "How: \(AggregationRule.Name.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "rule"))
  var rule: AggregationRule.Name

  @OptionGroup var options: RuleOptions

  @Option(help: ArgumentHelp("Vectors, .npy; may be repeated: rows follow rows.", valueName: "file"))
  var input: [String]

  @Option(help: ArgumentHelp("Where the result goes, .npy: d numbers, float32.", valueName: "file"))
  var out: String

  @Option(help: ArgumentHelp("Threads that share the work (default: one for each core).", valueName: "count"))
  var threads: Int?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard threads.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--threads is 1 to 1024") }
    _ = try options.aggregator(rule)
  }

  func run() throws {
    let aggregator = try options.aggregator(rule)
    let vectors = Vectors(try input.map { try NumpyMatrix.open(URL(fileURLWithPath: $0)) })
    let start = ContinuousClock.now
    let aggregate = try aggregator.aggregate(vectors, threads: threads)
    let elapsed = ContinuousClock.now - start
    try NumpyMatrix.write(aggregate.values, to: URL(fileURLWithPath: out))
    let report = AggregateReport(aggregator, of: vectors, aggregate, seconds: elapsed / .seconds(1), out: out)
    try common.print(report, text: report.text)
  }
}
