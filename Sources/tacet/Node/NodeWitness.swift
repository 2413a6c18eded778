import ArgumentParser
import Foundation
import TacetLog

/// `tacet node witness …`: what a node remembers of devices' ledgers.
struct NodeWitness: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness", abstract: "What a node remembers of devices' ledgers: list it, forget one.",
    subcommands: [NodeWitnessList.self, NodeWitnessForget.self])
}

/// `tacet node witness list`.
struct NodeWitnessList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Shows the last checkpoint of each device's ledger that a node, or an auditor, keeps.",
    discussion: """
      EXAMPLES
        tacet node witness list --state gateway-1/state
      """)

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let witnesses: [Witness]
  }

  func run() async throws {
    let witnesses = try WitnessFolder(common.stateFolder.appendingPathComponent("witness")).all()
    try common.print(Result(witnesses: witnesses), text: witnesses.map(\.line).joined(separator: "\n"))
  }
}

/// `tacet node witness forget`.
struct NodeWitnessForget: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget", abstract: "Forgets a device's ledger: the next checkpoint that it shows is believed.",
    discussion: """
      For a device whose ledger was lost, after you know why: budget that it had spent may be spent again. A running node
      needs no restart.

      EXAMPLES
        tacet node witness forget camera/site-3 --state gateway-1/state
      """)

  @Argument(help: ArgumentHelp("The device, as role/name.", valueName: "id"))
  var device: String

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let device: String
    let forgotten: Bool
  }

  func run() async throws {
    let folder = WitnessFolder(common.stateFolder.appendingPathComponent("witness"))
    guard try folder.forget(device) else {
      throw LedgerFailure(
        exitStatus: .missingInput, description: "nothing is kept of \(device) in \(folder.folder.path)")
    }
    try common.print(Result(device: device, forgotten: true), text: "\(device): forgotten")
  }
}

extension Witness {
  fileprivate var line: String {
    let seen = time.map { ", seen \(Date(timeIntervalSince1970: Double($0)).formatted(.iso8601))" } ?? ""
    let refused = refusal.map { "; REFUSED since: \($0.reason.explanation)" } ?? ""
    return "\(log): \(size) entries\(seen)\(refused)"
  }
}
