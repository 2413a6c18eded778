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

      With --intermediate-key, a key in a token signs the certificates; the signatures alone are by one in memory all the same.

      With --records nothing is measured: an authority with so many certificates is made for others to measure, in the state
      folder DIR/state, its passphrase in DIR/passphrase and the serial numbers in DIR/serials.

      EXAMPLES
        tacet bench issue --format json
        tacet bench issue --group 512 --seconds 5
        tacet bench issue --records 1000000 --keep big
      """)

  @Option(help: ArgumentHelp("How long each measurement takes.", valueName: "s"))
  var seconds: Double = 2

  @Option(help: ArgumentHelp("Certificates that are made durable at once.", valueName: "n"))
  var group: Int = 4096

  @Option(help: ArgumentHelp("Where to make the folder (default: the working directory).", valueName: "dir"))
  var folder: String = "."

  @Option(help: ArgumentHelp("Sign by this key in a token.", valueName: "uri"))
  var intermediateKey: String?

  @Option(help: ArgumentHelp("Make an authority with so many certificates.", valueName: "n"))
  var records: Int?

  @Option(help: ArgumentHelp("The folder for --records; it must not exist.", valueName: "dir"))
  var keep: String?

  @OptionGroup var token: PINOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (records == nil) == (keep == nil) else { throw ValidationError("--records and --keep go together") }
    guard records.map({ (1...100_000_000).contains($0) }) ?? true else {
      throw ValidationError("--records must be 1 to 100000000")
    }
    guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must be above 0 and at most 3600") }
    guard (1...100_000).contains(group) else { throw ValidationError("--group must be 1 to 100000") }
  }

  func run() async throws {
    if let records, let keep { return try fill(records, in: URL(fileURLWithPath: keep, isDirectory: true)) }
    let place = URL(fileURLWithPath: folder).appendingPathComponent(".tacet-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: place, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: place) }
    let key = try intermediateKey.map { (uri: try PKCS11URI($0), pin: try token.pin()) }
    let load = try IssuanceLoad(state: place, token: key, group: group)
    var results: [BenchReport.Result] = []
    for kind in IssuanceLoad.Kind.allCases { results += try await measure(kind, load) }
    let report = BenchReport(results: results)
    try common.print(report, text: report.text)
  }

  private func fill(_ count: Int, in place: URL) throws {
    try FileManager.default.createDirectory(
      at: place, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    let passphrase = UUID().uuidString
    let file = place.appendingPathComponent("passphrase")
    guard
      FileManager.default.createFile(
        atPath: file.path, contents: Data("\(passphrase)\n".utf8), attributes: [.posixPermissions: 0o600])
    else { throw LedgerFailure.missing("\(file.path) cannot be written") }
    let load = try IssuanceLoad(
      state: place.appendingPathComponent("state"), passphrase: try Passphrase(passphrase), group: group)
    let bar = ProgressBar(total: count, label: "issuing")
    defer { bar.finish() }
    let serials = try load.fill(count, progress: bar.update)
    try Data((serials.joined(separator: "\n") + "\n").utf8).write(to: place.appendingPathComponent("serials"))
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
