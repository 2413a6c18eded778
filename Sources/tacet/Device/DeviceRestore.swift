import ArgumentParser
import TacetMesh

/// `tacet device restore`: lets a device take part again.
struct DeviceRestore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Lets a device that was sent to its student take part again.",
    discussion: """
      A device whose budget is spent stays silent all the same.

      EXAMPLES
        tacet device restore camera/site-3
      """)

  @Argument(help: ArgumentHelp("The device, as role/name.", valueName: "id"))
  var device: String

  @OptionGroup var inventory: InventoryOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let status = try await inventory.administration(common).restore(device)
    try common.print(status, text: status.line)
  }
}
