import ArgumentParser
import TacetMesh

/// `tacet device list`: what every device of the inventory is doing.
struct DeviceList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Asks every device of the inventory what it is doing.")

  @OptionGroup var inventory: InventoryOptions
  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let devices: [DeviceStatus]
  }

  func run() async throws {
    let devices = try await inventory.administration(common).list()
    try common.print(Result(devices: devices), text: devices.map(\.line).joined(separator: "\n"))
  }
}
