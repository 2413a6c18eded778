import Foundation

/// All tests on one table, and the verdict.
struct LeakTests {
  let table: LeakTable
  let settings: LeakSettings

  /// With what probability ``LeakReport/Detectable`` is found.
  private static let power = 0.95

  func run(into report: inout LeakReport) {
    report.chance = 1 / Double(table.classes.count)
    report.falseAlarmRate = table.samplingFailure
    report.falseFailureRate = table.samplingFailure
    report.verdict = .holds
    guard !table.columns.isEmpty else { return classify(&report) }
    compare(&report)
    inform(&report)
    classify(&report)
    report.falseAlarmRate = min(1, report.falseAlarmRate)
    report.falseFailureRate = min(1, max(report.falseFailureRate, report.falseAlarmRate))
  }

  /// What one of the four kinds of test may contribute to the false-alarm rate.
  private var share: Double { settings.alpha.map { $0 / 4 } ?? 0.01 }

  private func found(_ reason: String, _ report: inout LeakReport) {
    report.verdict = .leaks
    report.reasons.append(reason)
  }

  private func add(_ probability: Double, tests: Int, _ report: inout LeakReport) {
    report.falseAlarmRate += probability
    report.falseFailureRate += probability
    report.tests += tests
  }

  // MARK: Distributions and means

  private func compare(_ report: inout LeakReport) {
    let comparisons = table.columns.map { LeakComparison($0, table.labels, classes: table.classes.count) }
    compareDistributions(comparisons, &report)
    compareMeans(comparisons, &report)
  }

  private func compareDistributions(_ comparisons: [LeakComparison], _ report: inout LeakReport) {
    let tests = comparisons.reduce(0) { $0 + $1.pairs.count }
    let level = share / Double(tests)
    let limit = Quantile.kolmogorov(level, of: table.perClass)
    report.thresholds.distributionPValue = level
    add(Double(tests) * Tail.kolmogorov(steps: limit, of: table.perClass), tests: tests, &report)
    for (column, comparison) in zip(table.columns, comparisons) {
      guard let (pair, steps) = zip(comparison.pairs, comparison.steps).max(by: { $0.1 < $1.1 }) else { continue }
      let result = LeakReport.Distribution(
        feature: column.feature.name, first: table.classes[pair.first], second: table.classes[pair.second],
        distance: Double(steps) / Double(table.perClass), pValue: Tail.kolmogorov(steps: steps, of: table.perClass))
      report.distributions.append(result)
      if steps >= limit {
        found("\(result.feature) is distributed differently in \(result.first) and \(result.second)", &report)
      }
    }
    // The deviation of one sample's distribution function from the other's at its middle.
    let spread = (0.5 / Double(table.perClass)).squareRoot()
    report.detectable.distance = min(1, Double(limit) / Double(table.perClass) + margin * spread)
  }

  private func compareMeans(_ comparisons: [LeakComparison], _ report: inout LeakReport) {
    let crops = comparisons.flatMap(\.crops)
    guard !crops.isEmpty else { return }
    let level = share / Double(crops.count)
    let degrees = crops.map(\.degrees).min() ?? 1
    // With the fewest degrees of freedom, the tail is largest.
    let limit = settings.alpha == nil ? 4.5 : Quantile.student(level, degrees: degrees)
    report.thresholds.t = limit
    let alarms = crops.reduce(0.0) { $0 + Tail.student(limit, degrees: $1.degrees) }
    add(alarms, tests: crops.count, &report)
    for (column, comparison) in zip(table.columns, comparisons) {
      guard let crop = comparison.crops.max(by: { abs($0.t) < abs($1.t) }) else { continue }
      let result = LeakReport.Means(
        feature: column.feature.name, first: table.classes[crop.pair.first], second: table.classes[crop.pair.second],
        kept: crop.kept, difference: crop.difference, t: crop.t,
        pValue: Tail.student(crop.t, degrees: crop.degrees))
      report.means.append(result)
      if abs(crop.t) >= limit {
        found("the mean \(result.feature) differs in \(result.first) and \(result.second)", &report)
      }
    }
    report.detectable.shift = (limit + margin) * (2 / Double(table.perClass)).squareRoot()
    report.detectable.latencyShift = report.detectable.shift * latencyDeviation
  }

  /// Of a normal variable, how far its median must be beyond a limit to be beyond it with the probability ``power``.
  private var margin: Double { Quantile.student(2 * (1 - Self.power), degrees: 1e9) }

  /// The standard deviation of the latencies, without the largest hundredth.
  private var latencyDeviation: Double {
    let latency = LeakFeature(place: .own, quantity: .latency)
    guard let column = table.columns.first(where: { $0.feature == latency }) else { return 0 }
    let values = column.order.prefix(column.order.count * 99 / 100).map { column.values[Int($0)] }
    var moments = LeakComparison.Moments()
    for value in values { moments.add(value - (values.first ?? 0)) }
    return moments.count > 1 ? moments.variance.squareRoot() : 0
  }

  // MARK: Information

  private func inform(_ report: inout LeakReport) {
    let level = share / Double(table.columns.count)
    for column in table.columns {
      var counts = [[Int]](
        repeating: Array(repeating: 0, count: table.classes.count), count: column.binCount)
      for row in table.sample { counts[Int(column.bins[row])][Int(table.labels[row])] += 1 }
      let information = LeakInformation(counts)
      // Every bin's labels are a multinomial variable; the bound holds for any number of them.
      let degrees = Double(column.binCount * (table.classes.count - 1))
      let quantile = Quantile.relativeEntropy(level, degrees: degrees) / max(1, information.total)
      let limit = max(settings.information * M_LN2 + information.bias, quantile)
      add(Tail.relativeEntropy(limit * information.total, degrees: degrees), tests: 1, &report)
      let result = LeakReport.Information(
        feature: column.feature.name, bits: information.bits, pValue: information.pValue,
        limit: (limit - information.bias) / M_LN2, bins: column.binCount)
      report.information.append(result)
      if information.plugIn > limit { found("\(result.feature) carries information about the class", &report) }
    }
  }

  // MARK: Classifiers

  private func classify(_ report: inout LeakReport) {
    let kinds: [any LeakClassifier.Type] = [
      SizeClassifier.self, WiderSizeClassifier.self, LatencyClassifier.self, HistogramClassifier.self,
      NeighbourClassifier.self, TreeClassifier.self,
    ]
    let results = kinds.compactMap { kind in kind.validate(table).map { (kind.name, $0.correct, $0.tested) } }
    guard let tested = results.first?.2, tested > 0 else {
      report.verdict = .tooFew
      return
    }
    let limits = AccuracyLimits(
      tested: tested, chance: report.chance, level: share / Double(results.count), settings: settings)
    report.thresholds.accuracy = Double(limits.leak) / Double(tested)
    report.thresholds.accuracyBound = limits.bound
    report.detectable.advantage = limits.detectable(Self.power)
    let count = Double(results.count)
    let alarm = count * Tail.binomial(limits.leak, of: tested, report.chance)
    add(alarm, tests: results.count, &report)
    report.falseFailureRate += count * Tail.binomial(limits.doubt, of: tested, report.chance) - alarm
    for (name, correct, _) in results { judge(name, correct, limits, &report) }
  }

  private func judge(_ name: String, _ correct: Int, _ limits: AccuracyLimits, _ report: inout LeakReport) {
    let interval = Quantile.clopperPearson(correct, of: limits.tested, confidence: settings.confidence)
    report.classifiers.append(
      LeakReport.Accuracy(
        classifier: name, correct: correct, tested: limits.tested,
        accuracy: Double(correct) / Double(limits.tested), low: interval.lowerBound, high: interval.upperBound,
        pValue: Tail.binomial(correct, of: limits.tested, report.chance)))
    if correct >= limits.leak {
      found("the classifier by \(name) beats chance", &report)
    } else if correct >= limits.doubt, report.verdict != .leaks {
      report.reasons.append("the classifier by \(name) may beat chance by more than the advantage allowed")
      report.verdict = .tooFew
    }
  }
}

/// Numbers of right guesses that mean something.
struct AccuracyLimits {
  let tested: Int
  let chance: Double
  /// The upper confidence bound of an accuracy must not be above this.
  let bound: Double
  /// From here on the upper confidence bound of the accuracy is above chance plus the advantage.
  let doubt: Int
  /// From here on it also is too improbable by chance.
  let leak: Int

  init(tested: Int, chance: Double, level: Double, settings: LeakSettings) {
    self.tested = tested
    self.chance = chance
    let bound = min(1, chance + settings.advantage)
    let tail = (1 - settings.confidence) / 2
    self.bound = bound
    // The bound of k successes is above it when P(X ≤ k) at it is more than the tail.
    doubt = Quantile.whole(0, tested + 1) { Tail.binomial(tested - $0, of: tested, 1 - bound) > tail }
    leak = max(doubt, Quantile.binomial(level, of: tested, chance))
  }

  /// The advantage over chance at which so many right guesses as ``leak`` have the probability `power`.
  func detectable(_ power: Double) -> Double {
    max(0, Quantile.real(chance, 1) { Tail.binomial(leak, of: tested, $0) >= power } - chance)
  }
}
