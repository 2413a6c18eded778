import Foundation

extension ReportPage {
  /// What each ε buys, under either privacy unit.
  var price: Markup {
    """
    <h2>What each ε buys</h2>
    <p>Less noise, better forecasts, weaker privacy. The same hours were forecast again with other amounts of noise, by the model \
    of each privacy unit; 100 % would be the whole gain of sharing without any. μ measures the information in what is charged at a \
    time: one release under any-input, a window of releases under contribution. The row of this policy is marked.</p>
    \(priceCurves.markup)
    \(Self.units.map(priceTable))
    """
  }

  /// What the units hide, a sentence each.
  private static let units = [
    (
      name: "contribution",
      hides:
        "One vehicle’s passage is hidden, the flow of traffic is not; past several cameras ε grows as the trip column says."
    ),
    (
      name: "any-input",
      hides: "All that a camera sees at a step is hidden, the flow too; a day of releases costs as the day column says."
    ),
  ]

  private func rows(_ unit: String) -> [RunReport.EpsilonPrice] {
    report.epsilonPrice.filter { $0.unit == unit }.sorted { $0.mu < $1.mu }
  }

  /// The error against ε: that of a trip where an individual is hidden, that of a day where a device's input is.
  private var priceCurves: Figure {
    let lines = Self.units.enumerated().map { index, unit in
      LinePlot.Line(
        "\(unit.name), ε of \(unit.name == "contribution" ? "a trip" : "a day")", colour: 1 + index,
        points: rows(unit.name).compactMap { row in
          (row.epsilonTrip ?? row.epsilonDay).flatMap { $0 > 0 ? PlotPoint(x: log10($0), y: row.mae.mesh) : nil }
        })
    }
    let models = Self.units.compactMap { rows($0.name).first }
    let levels =
      Self.levels(models.map { ($0.mae.student, "student, \($0.unit)") }, alike: "students")
      + Self.levels(models.map { ($0.mae.reference, "no noise, \($0.unit)") }, alike: "no noise")
    return Figure(
      "Error against ε",
      caption:
        "A trip passes \(RunReport.EpsilonPrice.tripDevices) cameras. Dashed: each unit’s student, and its model without noise.",
      plot: LinePlot(
        title: "Mean absolute error against epsilon", xTitle: "ε", yTitle: "MAE, % occupancy", lines: lines,
        levels: levels,
        isDecades: true))
  }

  /// A level each; those that lie so close that their names would cover each other have one in common.
  private static func levels(_ named: [(Double?, String)], alike: String) -> [LinePlot.Level] {
    let there = named.compactMap { value, name in value.map { LinePlot.Level(value: $0, label: name) } }
    let values = there.map(\.value)
    guard there.count > 1, let least = values.min(), let most = values.max(), most - least < 0.05 * most else {
      return there
    }
    return there.enumerated().map { LinePlot.Level(value: $1.value, label: $0 == 0 ? alike : "") }
  }

  private func priceTable(_ unit: (name: String, hides: String)) -> Markup {
    let rows = rows(unit.name)
    guard !rows.isEmpty else { return "" }
    let table = DataTable(
      columns: [
        .number("μ"), .number("ε this run"), .number("ε a day"), .number("ε a trip"), .number("MAE"),
        .number("gain kept"),
      ],
      rows: rows.map { row in
        [
          "\(Numeral.short(row.mu))", "\(Numeral.figure(row.epsilonRun))", "\(Numeral.figure(row.epsilonDay))",
          "\(Numeral.figure(row.epsilonTrip))", "\(Numeral.fixed(row.mae.mesh, 3))",
          "\(Numeral.percent(row.gainKeptPercent))",
        ]
      }, chosen: rows.firstIndex(where: isChosen))
    return "<h3>\(unit.name)</h3><p>\(unit.hides)</p>\(table.markup)"
  }

  private func isChosen(_ row: RunReport.EpsilonPrice) -> Bool {
    let mu = report.run.mechanism.mu
    return row.unit == report.run.privacyUnit && abs(row.mu - mu) <= 1e-6 * max(abs(mu), 1e-9)
  }
}
