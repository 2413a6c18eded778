import Foundation

/// A report on prices as a page.
struct PricePage {
  let report: PriceReport

  var markup: Markup {
    PageFrame(
      title: "Tacet price report, \(made)", heading: "Tacet price report",
      meta: "\(made) · recording \(report.recording.name)" + (report.policy.map { " · policy \($0.name)" } ?? ""),
      parts: [lead, prices, limits, facts]
    ).markup
  }

  private var made: String { report.madeAt.formatted(.iso8601) }

  private var lead: Markup {
    let packs = ReportPage.count(report.packs.count, "model pack")
    let target = report.packs.first.map { "\($0.target.name), in \($0.target.unit)" } ?? "nothing"
    return """
      <p class="lead">\(packs) forecast \(target), from a recording in one process. Nothing of it left a device: this is \
      what a mesh of these packs would give without a fault, a liar or a silent device, and what it would cost.</p>
      """
  }

  private var prices: Markup {
    PriceSection(
      introduction: """
        Less noise, better forecasts, weaker privacy. 100 % would be the whole gain of sharing without any noise over each site’s own \
        student. μ measures the information in what is charged at a time: one release under any-input, a window of releases under \
        contribution. ε is at δ = \(Numeral.short(report.delta)); to that δ is added what the noise tables are off the exact Gaussian. The \
        row of the noise that a pack was trained for is marked.
        """,
      words: .general, yTitle: report.packs.first.map { "MAE of \($0.target.name), \($0.target.unit)" } ?? "",
      inAll: "ε in all",
      series: report.packs.map {
        PriceSection.Series(
          name: "\($0.model) \($0.version) (\($0.unit.rawValue))", unit: $0.unit, prices: $0.prices,
          chosen: $0.mechanism.mu)
      }
    ).markup
  }

  private var limits: Markup {
    """
    <h2>What it does not say</h2>
    <p>Each row is one draw of the noise over these steps; another draw gives a little more or less. A figure for ε says what the releases \
    of a time come to; what is guaranteed is the budget of the policy. A group of g individuals has g times the μ.</p>
    """
  }

  private var facts: Markup {
    let table = DataTable(
      columns: [.text("what"), .text("value")], rows: report.packs.flatMap(mechanism) + files)
    return """
      <h2>Facts of the report</h2>
      \(table.markup)
      <footer>Written by tacet \(report.tacetVersion). The same figures are in report.json, schema \(report.schema). \
      This page loads nothing from anywhere and runs no script.</footer>
      """
  }

  private func mechanism(_ pack: PriceReport.Pack) -> [[Markup]] {
    let charged =
      pack.mechanism.steps == 1 ? "a release" : "a window of \(Numeral.grouped(pack.mechanism.steps)) releases"
    return [
      [
        "\(pack.model) \(pack.version)",
        """
        \(pack.sites) sites, \(Numeral.grouped(pack.steps)) steps of \(Numeral.grouped(pack.stepSeconds)) s; trained for \
        \(pack.unit.rawValue), sensitivity \(pack.mechanism.sensitivity), S = \(pack.mechanism.scale): μ of \(charged) \
        \(Numeral.short(pack.mechanism.mu))
        """,
      ]
    ]
  }

  private var files: [[Markup]] {
    ([report.recording] + [report.policy].compactMap { $0 } + report.packs.flatMap(\.files)).map(\.row)
  }
}
