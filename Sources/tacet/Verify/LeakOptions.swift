import ArgumentParser
import TacetAudit

/// How strictly traffic is judged.
struct LeakOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The probability that may be left of finding a leak where there is none (default: the usual thresholds, some 0.03).",
      valueName: "probability"))
  var alpha: Double?

  @Option(help: "By how much a classifier may beat chance: 0.02 are two points.")
  var advantage: Double = LeakSettings().advantage

  @Option(help: ArgumentHelp("Fewer exchanges of a class are too few.", valueName: "count"))
  var leastExchanges: Int = LeakSettings().minimumPerClass

  func validate() throws {
    if let alpha, !(alpha > 0 && alpha < 1) { throw ValidationError("--alpha is between 0 and 1") }
    guard advantage >= 0, advantage < 1 else { throw ValidationError("--advantage is from 0 up to 1") }
    guard leastExchanges > 0 else { throw ValidationError("--least-exchanges is above 0") }
  }

  /// For each of so many parts that are judged by themselves: together they keep what is asked for.
  func settings(parts: Int) -> LeakSettings {
    var settings = LeakSettings()
    settings.alpha = alpha.map { $0 / Double(max(1, parts)) }
    settings.advantage = advantage
    settings.minimumPerClass = leastExchanges
    return settings
  }
}
