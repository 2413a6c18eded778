public import ArgumentParser
public import TacetTrust

extension AggregationRule.Name: ExpressibleByArgument {
  /// Names, separated by commas.
  /// - Throws: `ValidationError`.
  static func list(_ words: String, flag: String) throws -> [AggregationRule.Name] {
    try words.split(separator: ",").map { word in
      guard let name = AggregationRule.Name(rawValue: String(word)) else {
        let allowed = allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\(flag) has \"\(word)\", allowed: \(allowed)")
      }
      return name
    }
  }
}

/// The flags that say how vectors become one.
struct RuleOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How many liars must be stood; more than the rule stands is an error.", valueName: "f"))
  var byzantine = 0

  @Flag(help: "Mix nearest neighbours, for as many liars, before the rule.")
  var mix = false

  @Option(
    help: ArgumentHelp(
      "trimmed-mean: how many of each coordinate's numbers to leave out at either end (default: --byzantine).",
      valueName: "f"))
  var trim: Int?

  @Option(
    help: ArgumentHelp("multi-krum: how many vectors are averaged, at most and by default n - f.", valueName: "m"))
  var selected: Int?

  @Option(
    help: ArgumentHelp("centred-clipping: the distance from the centre that counts in full.", valueName: "length"))
  var radius: Double?

  @Option(
    help: ArgumentHelp(
      "Steps of geometric-median (default: \(AggregationRule.usualIterations)) or centred-clipping (default: 1).",
      valueName: "count"))
  var iterations: Int?

  @Option(help: ArgumentHelp("geometric-median: the distance below which all count the same.", valueName: "length"))
  var smoothing: Double?

  /// What the flags say of one rule.
  /// - Throws: `ValidationError`.
  func aggregator(_ name: AggregationRule.Name) throws -> Aggregator {
    do {
      return try Aggregator(rule: try rule(name), mixing: mix ? byzantine : nil, byzantine: byzantine)
    } catch let error as AggregationError {
      throw ValidationError("\(error)")
    }
  }

  private func rule(_ name: AggregationRule.Name) throws -> AggregationRule {
    switch name {
    case .mean: return .mean
    case .median: return .median
    case .trimmedMean: return .trimmedMean(trim: trim ?? byzantine)
    case .krum: return .krum(byzantine: byzantine)
    case .multiKrum: return .multiKrum(byzantine: byzantine, selected: selected)
    case .geometricMedian:
      return .geometricMedian(
        smoothing: smoothing ?? AggregationRule.usualSmoothing,
        iterations: iterations ?? AggregationRule.usualIterations)
    case .centredClipping:
      guard let radius else {
        throw ValidationError("centred-clipping needs --radius: about the honest vectors' distance from each other")
      }
      return .centredClipping(radius: radius, iterations: iterations ?? 1)
    }
  }
}

extension AggregationError: ReportedError {
  /// Whatever the flags say was refused before: what is left are vectors that do not fit them.
  var exitStatus: ExitStatus { .badInput }
}
