/// A report on prices as plain text of at most 80 columns.
struct PriceTable {
  let report: PriceReport

  var text: String { ([head] + report.packs.map(pack)).map { $0.joined(separator: "\n") }.joined(separator: "\n\n") }

  private var head: [String] {
    TextGrid.wrapped(
      "What each ε buys · recording \(report.recording.name)" + (report.policy.map { " · policy \($0.name)" } ?? "")
        + " · δ = \(Numeral.short(report.delta)) · a trip passes \(report.tripDevices) devices",
      width: ReportTable.width)
  }

  private func pack(_ pack: PriceReport.Pack) -> [String] {
    let errors = pack.prices.first?.mae
    let figures = [errors?.student, errors?.lastValue, errors?.reference].map { Numeral.fixed($0, 3) }
    let lines = [
      "\(pack.model) \(pack.version) · \(pack.unit.rawValue) · \(pack.sites) sites, \(Numeral.grouped(pack.steps)) steps of "
        + "\(Numeral.grouped(pack.stepSeconds)) s",
      pack.hides,
      "MAE of \(pack.target.name), \(pack.target.unit): student \(figures[0]), last value \(figures[1]), un-noised \(figures[2])",
    ]
    return lines.flatMap { TextGrid.wrapped($0, width: ReportTable.width) } + grid(pack).lines
  }

  private func grid(_ pack: PriceReport.Pack) -> TextGrid {
    let chosen = PriceSection.Series(
      name: pack.model, unit: pack.unit, prices: pack.prices, chosen: pack.mechanism.mu)
    let rows = chosen.prices.enumerated().map { index, row in
      [
        Numeral.figure(row.mu), Numeral.figure(row.epsilonRun), Numeral.figure(row.epsilonDay),
        Numeral.figure(row.epsilonPassage), Numeral.figure(row.epsilonTrip), Numeral.fixed(row.mae.mesh, 3),
        Numeral.percent(row.gainKeptPercent), index == chosen.chosenRow ? "trained for" : "",
      ]
    }
    return TextGrid(
      columns: [TextGrid.Column](repeating: .right(10), count: 7) + [.left(11)],
      rows: [["μ", "ε in all", "ε a day", "ε passage", "ε a trip", "MAE", "gain kept", ""]] + rows)
  }
}
