import ArgumentParser
import TacetLog
import TacetMesh

/// `tacet device audit`: whether running devices' ledgers continue what was seen of them before.
struct DeviceAuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Compares running devices' ledgers with what you, and the gateways, saw of them before.",
    discussion: """
      Asks each device for its ledger's newest checkpoint with a proof that it continues the one kept in the state folder
      (witness/), and each gateway of the inventory for the one that it keeps. A ledger that was rolled back, rewritten or
      replaced is found, and so is one that shows different histories to different peers. What holds is kept for the next
      time. A device that is audited for the first time is believed.

      Ends with 1 when a ledger does not continue what was seen of it, with 69 when one could not be compared.

      EXAMPLES
        tacet device audit
        tacet device audit camera/site-3 --format json
      """)

  @Argument(help: ArgumentHelp("The device, as role/name (default: all of the inventory).", valueName: "id"))
  var device: String?

  @OptionGroup var inventory: InventoryOptions
  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let devices: [DeviceAudit]
  }

  func run() async throws {
    let memory = WitnessFolder(common.stateFolder.appendingPathComponent("witness"))
    let devices = try await inventory.administration(common).audit(device, memory: memory)
    try common.print(Result(devices: devices), text: devices.flatMap(\.lines).joined(separator: "\n"))
    if devices.contains(where: \.isInconsistent) { throw DoesNotHold() }
    if let missing = devices.first(where: \.isIncomplete) {
      throw MeshError.unavailable("\(missing.device) could not be compared with all that is kept of it; see above")
    }
  }
}

extension DeviceAudit {
  /// For people: the device, and indented what each gateway keeps.
  fileprivate var lines: [String] {
    let own =
      switch verdict {
      case .consistent: "continues what was seen of it before"
      case .first: "seen for the first time"
      case .inconsistent: "does NOT continue what was seen of it before"
      case .unreachable: "unreachable"
      }
    let entries = size.map { ", \($0) entries" } ?? ""
    return ["\(device): \(own)\(entries)\(Self.because(reason))"] + witnesses.map(\.line)
  }

  fileprivate static func because(_ reason: String?) -> String { reason.map { ": \($0)" } ?? "" }
}

extension DeviceAudit.Comparison {
  fileprivate var line: String {
    let text =
      switch verdict {
      case .consistent: "agrees"
      case .first: "keeps nothing of it"
      case .inconsistent: "does NOT agree"
      case .unreachable: "unreachable"
      }
    return "  \(gateway): \(text)\(size.map { ", \($0) entries" } ?? "")\(DeviceAudit.because(reason))"
  }
}
