import TacetDocument
public import TacetPrivacy

extension Policy {
  /// What a release costs and how much a device may spend.
  public struct Privacy: Sendable {
    /// What a device releases, by the privacy unit.
    public enum Releases: Hashable, Sendable {
      /// Activations, clipped to a radius R: any two inputs are neighbours, and each release is charged.
      case anyInput(ReleaseParameters)
      /// Counts of individuals: with one of them and without are neighbours, and each stream window is charged.
      case contribution(ContributionPlan)

      /// What is charged at a time.
      public var mechanism: Mechanism {
        switch self {
        case .anyInput(let parameters): .anyInput(parameters)
        case .contribution(let plan): .contribution(plan.parameters)
        }
      }

      /// How many grid units are 1 to a model: the clipping radius R, or the filter's norm H, so that one individual is a stream with an
      /// L2 norm of at most 1.
      public var unit: Int {
        switch self {
        case .anyInput(let parameters): parameters.radius
        case .contribution(let plan): plan.filter.norm
        }
      }
    }

    /// What a device releases, and what bounds it.
    public let releases: Releases
    /// What bounds the individuals that are counted; nil where activations are released.
    public var plan: ContributionPlan? { if case .contribution(let plan) = releases { plan } else { nil } }
    /// The unit that the guarantee speaks of.
    public var unit: PrivacyUnit { releases.mechanism.unit }
    /// The budgets of a device that has none of its own: at most one for a window and one for the lifetime; all bind.
    public let budgets: [Budget]
    /// Budgets of single devices, by `role/name`.
    public let devices: [String: [Budget]]

    /// The budgets in force for a device; never empty.
    public func budgets(for device: String) -> [Budget] {
      devices[device] ?? budgets
    }

    init(_ document: DocumentMapping) throws(DocumentError) {
      let unit = PrivacyUnit(rawValue: try document.choice("unit", of: PrivacyUnit.allCases.map(\.rawValue)))
      switch unit {
      case .anyInput: releases = .anyInput(try Self.parameters(document))
      case .contribution: releases = .contribution(try Self.plan(document))
      case nil: throw document.error("unit", "privacy.unit is unknown")
      }
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

    private static func plan(_ document: DocumentMapping) throws(DocumentError) -> ContributionPlan {
      let filter = try filter(document)
      let passages = try document.integer("passages", in: 1...ContributionPlan.mostPassages)
      let bound = try document.integer("bound", in: 1...ContributionPlan.largestBound)
      let steps = try document.integer("steps", in: 1...StreamParameters.mostSteps)
      let scale = try document.integer("scale", in: 1...1_000_000)
      do {
        return try ContributionPlan(filter: filter, passages: passages, bound: bound, scale: scale, steps: steps)
      } catch .sensitivityTooLarge {
        throw document.error("filter", "privacy.filter, passages and bound: \(ContributionError.sensitivityTooLarge)")
      } catch {
        throw document.error("scale", "privacy.scale: \(error)")
      }
    }

    private static func filter(_ document: DocumentMapping) throws(DocumentError) -> CausalFilter {
      let taps = try document.integers("filter", in: -CausalFilter.largestTap...CausalFilter.largestTap)
      do {
        return try CausalFilter(taps: taps)
      } catch {
        throw document.error("filter", "privacy.filter: \(error)")
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
