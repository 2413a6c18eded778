import ArgumentParser
import TacetPrivacy

/// `tacet ledger show`: what devices have spent.
struct LedgerShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what devices have spent of their budgets.")

  @OptionGroup var common: CommonOptions

  @OptionGroup var place: LedgerPlace

  @Option(help: "Only this device.")
  var device: String?

  private struct Report: Encodable {
    let devices: [DeviceReport]
  }

  func run() async throws {
    let ledger = try place.open(in: common, create: false)
    if let device {
      guard let summary = try await ledger.summary(for: device) else {
        throw LedgerFailure.missing("no budget is set for device \(device)")
      }
      let report = DeviceReport(summary)
      try common.print(report, text: report.text)
    } else {
      let reports = try await ledger.summaries().map(DeviceReport.init)
      try common.print(Report(devices: reports), text: reports.map(\.text).joined(separator: "\n"))
    }
  }
}
