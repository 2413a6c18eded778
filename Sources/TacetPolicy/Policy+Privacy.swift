import TacetDocument
public import TacetPrivacy

extension Policy {
  /// What a release costs and how much a device may spend.
  public struct Privacy: Sendable {
    /// What neighbouring inputs differ in.
    public enum Unit: String, Sendable, CaseIterable {
      /// Any two inputs of the device at a step: every release costs.
      case anyInput = "any-input"
    }

    /// The unit that the guarantee speaks of.
    public let unit: Unit
    /// The clipping radius R and the noise scale S of a release, in grid units.
    public let parameters: ReleaseParameters
    /// The budgets of a device that has none of its own: at most one for a window and one for the lifetime; all bind.
    public let budgets: [Budget]
    /// Budgets of single devices, by `role/name`.
    public let devices: [String: [Budget]]

    /// The budgets in force for a device; never empty.
    public func budgets(for device: String) -> [Budget] {
      devices[device] ?? budgets
    }

    init(_ document: DocumentMapping) throws(DocumentError) {
      guard let unit = Unit(rawValue: try document.choice("unit", of: Unit.allCases.map(\.rawValue))) else {
        throw document.error("unit", "privacy.unit is unknown")
      }
      self.unit = unit
      parameters = try Self.parameters(document)
      budgets = try Self.budgets(try document.mapping("budget"))
      var devices: [String: [Budget]] = [:]
      if let list = try document.optionalMapping("devices") {
        for device in list.keys { devices[device] = try Self.budgets(try list.mapping(device)) }
      }
      self.devices = devices
    }

    private static func parameters(_ document: DocumentMapping) throws(DocumentError) -> ReleaseParameters {
      let radius = try document.integer("radius", in: 1...1_000_000)
      let scale = try document.integer("scale", in: 1...1_000_000)
      do {
        return try ReleaseParameters(radius: radius, scale: scale)
      } catch {
        throw document.error("radius", "privacy.radius and privacy.scale: \(error)")
      }
    }

    /// A budget for a window with, if it is there, one for the lifetime; or one for the lifetime alone.
    private static func budgets(_ document: DocumentMapping) throws(DocumentError) -> [Budget] {
      let window =
        try document.has("window") ? document.duration("window", in: .seconds(1)...(.seconds(366 * 86400))) : nil
      let first = try budget(document, window: window)
      guard let lifetime = try document.optionalMapping("lifetime") else { return [first] }
      guard window != nil else {
        throw document.error("lifetime", "a budget without window is for the lifetime already; give it a window")
      }
      return [first, try budget(lifetime, window: nil)]
    }

    private static func budget(
      _ document: DocumentMapping, window: Duration?
    ) throws(DocumentError) -> Budget {
      let epsilon = try document.number("epsilon", in: 1e-6...1e6)
      let delta = try document.number("delta", in: 1e-15...1e-2)
      do {
        return try Budget(epsilon: epsilon, delta: delta, window: window)
      } catch {
        throw document.error("epsilon", "\(error)")
      }
    }
  }
}
