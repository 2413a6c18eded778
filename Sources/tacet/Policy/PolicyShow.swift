import ArgumentParser
import Foundation
import TacetPolicy

/// `tacet policy show FILE`: the values in force under a policy.
struct PolicyShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the values in force under a policy file.")

  @Argument(help: ArgumentHelp("The policy file.", valueName: "file"))
  var file: String

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let report = PolicyReport(try Policy.load(from: URL(fileURLWithPath: file)))
    try common.print(report, text: report.text)
  }
}
