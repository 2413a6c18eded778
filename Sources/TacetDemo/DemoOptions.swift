public import Foundation
import TacetPrivacy

/// What to play, and where to put the report.
public struct DemoOptions: Sendable {
  /// The policy in force on every node.
  public var policy: URL
  /// The model packs.
  public var models: Models
  /// The city's sensor recording, [runs, bins, sites, features], of hours no model was trained on.
  public var traffic: URL
  /// The same city after its traffic has changed, for a refresh of the student: runs 0 to 7 are what its cameras see, 8 and 9 the
  /// aggregator's hold-out, 10 and 11 the test.
  public var changed: URL
  /// The folder for `report.json` and `report.html`.
  public var out: URL
  /// The `tacet` command that every node runs.
  public var executable: URL
  /// The number of steps to play.
  public var steps: Int

  /// A model pack for each privacy unit: a policy is played with the one of its unit.
  public struct Models: Sendable {
    /// Releases activations.
    public var anyInput: URL
    /// Releases counts of individuals.
    public var contribution: URL

    /// Both.
    public init(anyInput: URL, contribution: URL) {
      self.anyInput = anyInput
      self.contribution = contribution
    }

    /// The pack of a unit.
    func folder(for unit: PrivacyUnit) -> URL {
      switch unit {
      case .anyInput: anyInput
      case .contribution: contribution
      }
    }
  }

  /// The number of steps of the full and of the quick form.
  public static func steps(quick: Bool) -> Int { quick ? 120 : 540 }

  /// The options of `tacet demo`.
  public init(policy: URL, models: Models, traffic: URL, changed: URL, out: URL, executable: URL, steps: Int) {
    self.policy = policy
    self.models = models
    self.traffic = traffic
    self.changed = changed
    self.out = out
    self.executable = executable
    self.steps = steps
  }
}
