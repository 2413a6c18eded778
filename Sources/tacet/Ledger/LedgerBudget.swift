import ArgumentParser
import TacetPrivacy

/// `tacet ledger budget`: sets a device's budget, or shows it.
struct LedgerBudget: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "budget", abstract: "Set or show the privacy budget of a device.",
    discussion: """
      With --epsilon and --delta a budget is put in force: for each window of UTC with --window, else for the device's
      lifetime. A device may have one of each kind, and both bind. What was charged before still counts. Without them the
      budgets in force are shown.
      """)

  @OptionGroup var common: CommonOptions

  @OptionGroup var place: LedgerPlace

  @Option(help: "The device.")
  var device: String

  @Option(help: "The budget's epsilon, 0 or more.")
  var epsilon: Double?

  @Option(help: "The budget's delta, between 0 and 1.")
  var delta: Double?

  @Option(help: "The window after which the budget is whole again, as 24h, 30m, 7d; default: the device's lifetime.")
  var window: LedgerWindow?

  func validate() throws {
    guard (epsilon == nil) == (delta == nil), epsilon != nil || window == nil else {
      throw ValidationError("--epsilon and --delta are set together; --window needs both")
    }
  }

  func run() async throws {
    let ledger = try place.open(in: common, create: epsilon != nil)
    if let epsilon, let delta {
      try await ledger.setBudget(try budget(epsilon: epsilon, delta: delta), for: device)
    }
    guard let summary = try await ledger.summary(for: device) else {
      throw LedgerFailure.missing("no budget is set for device \(device); set one with --epsilon and --delta")
    }
    let report = DeviceReport(summary)
    try common.print(report, text: report.text)
  }

  private func budget(epsilon: Double, delta: Double) throws -> Budget {
    do {
      return try Budget(epsilon: epsilon, delta: delta, window: window?.duration)
    } catch {
      throw LedgerFailure.usage("--epsilon, --delta: \(error)")
    }
  }
}
