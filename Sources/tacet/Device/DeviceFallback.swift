import ArgumentParser
import TacetMesh

/// `tacet device fallback`: sends a running device to its student.
struct DeviceFallback: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fallback",
    abstract: "Sends a running device to its student: it releases nothing until it is restored.",
    discussion: """
      The order is kept by the device and survives its restart. On the wire nothing changes.

      EXAMPLES
        tacet device fallback camera/site-3 --reason "lens being replaced"
      """)

  @Argument(help: ArgumentHelp("The device, as role/name.", valueName: "id"))
  var device: String

  @Option(help: ArgumentHelp("Why, for the device's records.", valueName: "text"))
  var reason: String

  @OptionGroup var inventory: InventoryOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard !reason.isEmpty, reason.utf8.count <= 80 else {
      throw ValidationError("--reason must have 1 to 80 bytes")
    }
  }

  func run() async throws {
    let status = try await inventory.administration(common).fallBack(device, reason: reason)
    try common.print(status, text: status.line)
  }
}
