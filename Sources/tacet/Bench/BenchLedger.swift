import ArgumentParser
import Foundation
import TacetPrivacy

/// `tacet bench ledger`: durable charges a second, beside the disk's own rate of syncs in the same run.
struct BenchLedger: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Measures durable charges a second against the disk's rate of syncs.",
    discussion: """
      Makes a ledger in a folder of its own under --folder, on the disk that is to be measured, and removes it. Each caller
      charges one release after the other; each charge is on disk before it is answered. With --store the ledger is made on
      a PostgreSQL server instead, where there must be none yet, and stays there: name an empty schema of its own. Then the
      folder's rate of syncs is that of the server's disk only where both are one.

      EXAMPLES
        tacet bench ledger --callers 64 --callers 1024 --seconds 5 --format json
        tacet bench ledger --callers 64 --store 'postgres://u@/bench?options=-csearch_path%3Dmine'
      """)

  @Option(help: ArgumentHelp("Concurrent callers; may be repeated (default: 1, 64 and 1024).", valueName: "n"))
  var callers: [Int] = []

  @Option(help: ArgumentHelp("How long each measurement takes.", valueName: "s"))
  var seconds: Double = 3

  @Option(help: ArgumentHelp("Where to make the folder (default: the working directory).", valueName: "dir"))
  var folder: String = "."

  @OptionGroup var common: CommonOptions

  @OptionGroup var store: LedgerPlace

  func validate() throws {
    guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must be above 0 and at most 3600") }
    guard callers.allSatisfy((1...100_000).contains) else { throw ValidationError("--callers must be 1 to 100000") }
  }

  func run() async throws {
    let place = URL(fileURLWithPath: folder).appendingPathComponent(".tacet-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: place, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: place) }
    var results = [try DiskSyncs(in: place).measure(seconds: seconds)]
    for (run, count) in (callers.isEmpty ? [1, 64, 1024] : callers).enumerated() {
      let ledger = try store.open(
        folder: place.appendingPathComponent(store.store == nil ? "\(run)" : "server"), create: true)
      let load = LedgerLoad(ledger: ledger, callers: count, name: "\(run)")
      results.append(try await load.measure(seconds: seconds))
    }
    try common.print(BenchReport(results: results), text: BenchReport(results: results).text)
  }
}

/// The disk's own rate: 4 KiB appended and synced, again and again.
private struct DiskSyncs {
  let file: URL

  init(in folder: URL) { file = folder.appendingPathComponent("syncs") }

  func measure(seconds: Double) throws -> BenchReport.Result {
    let descriptor = open(file.path, O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    let page = [UInt8](repeating: 7, count: 4096)
    let clock = ContinuousClock()
    let start = clock.now
    var latencies: [Duration] = []
    while clock.now - start < .seconds(seconds) {
      let begin = clock.now
      guard page.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == page.count, fsync(descriptor) == 0
      else { throw failure() }
      latencies.append(clock.now - begin)
    }
    return BenchReport.Result(name: "fsync, 4 KiB appended", latencies: latencies, elapsed: clock.now - start)
  }

  private func failure() -> LedgerFailure {
    LedgerFailure(exitStatus: .inputOutput, description: "\(file.path): \(String(cString: strerror(errno)))")
  }
}

/// Callers that charge one device as fast as they are answered.
private struct LedgerLoad {
  static let device = "bench"
  let ledger: PrivacyLedger
  let callers: Int
  /// Sets its releases apart from those of other loads on one ledger.
  let name: String

  func measure(seconds: Double) async throws -> BenchReport.Result {
    let budget = try Budget(epsilon: 1e6, delta: 1e-6, window: nil)
    let parameters = try ReleaseParameters(radius: 1, scale: 64)
    try await ledger.setBudget(budget, for: Self.device)
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + .seconds(seconds)
    let latencies = try await withThrowingTaskGroup(of: [Duration].self) { group in
      for caller in 0..<callers {
        group.addTask {
          var latencies: [Duration] = []
          var begin = clock.now
          while begin < end {
            let charge = try await ledger.charge(
              device: Self.device, release: "\(name)/\(caller)/\(latencies.count)", parameters: parameters,
              dimension: 32)
            guard case .granted = charge else {
              throw LedgerFailure(exitStatus: .internalFault, description: "the bench's budget is spent")
            }
            let now = clock.now
            latencies.append(now - begin)
            begin = now
          }
          return latencies
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    return BenchReport.Result(
      name: "durable charges, \(callers) callers", latencies: latencies, elapsed: clock.now - start)
  }
}
