import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet bench issue`: certificates a second, durable records and log entries included.
struct BenchIssue: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issue", abstract: "Measures certificates a second, in the log durably.",
    discussion: """
      Makes an authority in a folder of its own under --folder, on the disk that is to be measured, and removes it. Measured
      are: P-256 signatures alone; certificates for keys that are there, signed, recorded and synced in groups; the same from
      requests, parsed and with their proof of possession checked; with new keys; and enrolments by join token, as the
      authority's server does them (making the tokens is not counted). On all cores; "a core" divides by
      the processor time that was spent.

      EXAMPLES
        tacet bench issue --format json
        tacet bench issue --group 512 --seconds 5
      """)

  @Option(help: ArgumentHelp("How long each measurement takes.", valueName: "s"))
  var seconds: Double = 2

  @Option(help: ArgumentHelp("Certificates that are made durable at once.", valueName: "n"))
  var group: Int = 4096

  @Option(help: ArgumentHelp("Where to make the folder (default: the working directory).", valueName: "dir"))
  var folder: String = "."

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must be above 0 and at most 3600") }
    guard (1...100_000).contains(group) else { throw ValidationError("--group must be 1 to 100000") }
  }

  func run() async throws {
    let place = URL(fileURLWithPath: folder).appendingPathComponent(".tacet-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: place, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: place) }
    let load = try IssuanceLoad(state: place, group: group)
    var results: [BenchReport.Result] = []
    for kind in IssuanceLoad.Kind.allCases { results += try await measure(kind, load) }
    let report = BenchReport(results: results)
    try common.print(report, text: report.text)
  }

  /// The rate by the clock, and by the processor time that was spent.
  private func measure(_ kind: IssuanceLoad.Kind, _ load: IssuanceLoad) async throws -> [BenchReport.Result] {
    let clock = ContinuousClock()
    var (count, elapsed, spent) = (0, Duration.zero, Duration.zero)
    repeat {
      let supply = try load.supply(kind)
      let (start, processor) = (clock.now, Self.processorTime())
      count += try await load.run(kind, with: supply)
      elapsed += clock.now - start
      spent += Self.processorTime() - processor
    } while elapsed < .seconds(seconds)
    return [
      BenchReport.Result(name: kind.rawValue, count: count, elapsed: elapsed),
      BenchReport.Result(name: "\(kind.rawValue), a core", count: count, elapsed: spent),
    ]
  }

  private static func processorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
}
