import ArgumentParser
import Foundation
import Logging
import TacetMesh

/// `tacet device …`: an administrator's orders to running devices.
struct DeviceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device",
    abstract: "Running devices: list them, audit their ledgers, send one to its student, and back.",
    subcommands: [DeviceList.self, DeviceAuditCommand.self, DeviceFallback.self, DeviceRestore.self])
}

/// The flags of every `device` command.
struct InventoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The administrator's inventory (default: inventory.yaml in the state folder).", valueName: "file"))
  var inventory: String?

  /// The administrator's side of the link, with the certificate that the inventory names.
  func administration(_ common: CommonOptions) async throws -> DeviceAdministration {
    let file =
      inventory.map { URL(fileURLWithPath: $0) } ?? common.stateFolder.appendingPathComponent("inventory.yaml")
    var logger = Logger(label: "tacet.device") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .error
    return try await DeviceAdministration(inventory: try Inventory.load(from: file), logger: logger)
  }
}

extension DeviceStatus {
  /// One line for people.
  var line: String {
    var text = "\(device): \(mode.rawValue)"
    if let reason { text += " (\(reason))" }
    if let by, let since {
      text += ", by \(by) since \(Date(timeIntervalSince1970: Double(since)).formatted(.iso8601))"
    }
    if let epsilonSpent, let charges {
      text += String(format: ", ε spent %.4g in %d releases", epsilonSpent, charges)
    }
    return text
  }
}
