import Foundation
import TacetPrivacy

/// What each ε buys: the error against it, and a table for each model.
struct PriceSection {
  /// The prices of one model.
  struct Series {
    let name: String
    let unit: PrivacyUnit
    /// By μ.
    let prices: [RunReport.EpsilonPrice]
    /// μ of the row to mark, where there is one.
    let chosen: Double?

    init(name: String, unit: PrivacyUnit, prices: [RunReport.EpsilonPrice], chosen: Double?) {
      (self.name, self.unit, self.chosen) = (name, unit, chosen)
      self.prices = prices.sorted { $0.mu < $1.mu }
    }

    /// The place of the row to mark.
    var chosenRow: Int? {
      guard let chosen else { return nil }
      return prices.firstIndex { abs($0.mu - chosen) <= 1e-6 * max(abs(chosen), 1e-9) }
    }
  }

  let introduction: String
  let words: PriceWords
  let yTitle: String
  /// What the ε of all steps is called.
  let inAll: String
  let series: [Series]

  var markup: Markup {
    """
    <h2>What each ε buys</h2>
    <p>\(introduction)</p>
    \(curves.markup)
    \(series.map(table))
    """
  }

  /// The error against ε: that of a trip where an individual is hidden, that of a day where a device's input is.
  private var curves: Figure {
    let lines = series.enumerated().map { index, series in
      LinePlot.Line(
        "\(series.name), ε of \(series.unit == .contribution ? "a trip" : "a day")", colour: 1 + index % 8,
        points: series.prices.compactMap { row in
          (row.epsilonTrip ?? row.epsilonDay).flatMap { $0 > 0 ? PlotPoint(x: log10($0), y: row.mae.mesh) : nil }
        })
    }
    let baselines = series.compactMap { series in series.prices.first.map { (series.name, $0.mae) } }
    let levels =
      Self.levels(baselines.map { ($1.student, "student, \($0)") }, alike: "students")
      + Self.levels(baselines.map { ($1.reference, "no noise, \($0)") }, alike: "no noise")
    return Figure(
      "Error against ε",
      caption:
        "A trip passes \(RunReport.EpsilonPrice.tripDevices) \(words.devices). Dashed: each \(owner)’s student, and its "
        + "model without noise.",
      plot: LinePlot(
        title: "Mean absolute error against epsilon", xTitle: "ε", yTitle: yTitle, lines: lines, levels: levels,
        isDecades: true))
  }

  /// Whose the dashed lines are.
  private var owner: String { Set(series.map(\.unit)).count == series.count ? "unit" : "model" }

  /// A level each; those that lie so close that their names would cover each other have one in common.
  private static func levels(_ named: [(Double?, String)], alike: String) -> [LinePlot.Level] {
    let there = named.compactMap { value, name in value.map { LinePlot.Level(value: $0, label: name) } }
    let values = there.map(\.value)
    guard there.count > 1, let least = values.min(), let most = values.max(), most - least < 0.05 * most else {
      return there
    }
    return there.enumerated().map { LinePlot.Level(value: $1.value, label: $0 == 0 ? alike : "") }
  }

  private func table(_ series: Series) -> Markup {
    guard !series.prices.isEmpty else { return "" }
    let table = DataTable(
      columns: [
        .number("μ"), .number(inAll), .number("ε a day"), .number("ε a passage"), .number("ε a trip"),
        .number("MAE"), .number("gain kept"),
      ],
      rows: series.prices.map { row in
        [
          "\(Numeral.short(row.mu))", "\(Numeral.figure(row.epsilonRun))", "\(Numeral.figure(row.epsilonDay))",
          "\(Numeral.figure(row.epsilonPassage))", "\(Numeral.figure(row.epsilonTrip))",
          "\(Numeral.fixed(row.mae.mesh, 3))", "\(Numeral.percent(row.gainKeptPercent))",
        ]
      }, chosen: series.chosenRow)
    return "<h3>\(series.name)</h3><p>\(words.hides(series.unit)) \(baselines(series))</p>\(table.markup)"
  }

  private func baselines(_ series: Series) -> String {
    guard let errors = series.prices.first?.mae else { return "" }
    let figures = [errors.student, errors.lastValue, errors.reference].map { Numeral.fixed($0, 3) }
    return "MAE of the student alone \(figures[0]), of the last value \(figures[1]), without noise \(figures[2])."
  }
}
