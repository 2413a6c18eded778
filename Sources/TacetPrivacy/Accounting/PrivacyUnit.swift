/// What neighbouring inputs differ in: whom, or what, a guarantee speaks of.
public enum PrivacyUnit: String, Hashable, Sendable, CaseIterable, Codable {
  /// Any two inputs of the device at a step: nothing is assumed of them, and every release costs.
  case anyInput = "any-input"
  /// One individual's passages in a stream window, there or not: a window costs, however many releases are in it.
  case contribution
}
