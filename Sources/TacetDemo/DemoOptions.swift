public import Foundation

/// What to play, and where to put the report.
public struct DemoOptions: Sendable {
  /// The policy in force on every node.
  public var policy: URL
  /// The model pack.
  public var model: URL
  /// The city's sensor recording, [runs, bins, sites, features], of hours no model was trained on.
  public var traffic: URL
  /// The folder for `report.json` and `report.html`.
  public var out: URL
  /// The `tacet` command that every node runs.
  public var executable: URL
  /// The number of steps to play.
  public var steps: Int

  /// The number of steps of the full and of the quick form.
  public static func steps(quick: Bool) -> Int { quick ? 120 : 540 }

  /// The options of `tacet demo`.
  public init(policy: URL, model: URL, traffic: URL, out: URL, executable: URL, steps: Int) {
    self.policy = policy
    self.model = model
    self.traffic = traffic
    self.out = out
    self.executable = executable
    self.steps = steps
  }
}
