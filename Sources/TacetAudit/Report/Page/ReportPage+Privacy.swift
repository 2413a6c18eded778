import Foundation

extension ReportPage {
  /// Budgets: a panel a camera, and the ledgers.
  var privacy: Markup {
    """
    <h2>What each camera spent</h2>
    <p>A camera pays from its budget before each release, and the payment is on disk before the noise is drawn. When the \
    next release would go over the budget it stays silent, and its junction forecasts with the student alone. To δ is \
    added what the noise tables are off the exact Gaussian (δ′).</p>
    \(panels)
    \(accounts)
    """
  }

  private var panels: Markup {
    let curves = report.series.epsilonOverTime.prefix(24).map { panel($0) }
    let more = report.series.epsilonOverTime.count - curves.count
    let rest = more > 0 ? " \(more) more devices are in the table below." : ""
    let body: Markup =
      curves.isEmpty
      ? "<p class=\"note\">This run has no figures to draw here.</p>" : "<div class=\"panels\">\(curves)</div>"
    return """
      <figure><h3>ε spent over time</h3><figcaption>A panel a device: ε spent (line) towards its budget (dashed), over \
      minutes of city time.\(rest)</figcaption>
      \(body)</figure>
      """
  }

  private func panel(_ curve: RunReport.EpsilonCurve) -> Markup {
    let camera = report.cameras.first { $0.device == curve.device }
    let points = curve.points.map { PlotPoint(x: minutes($0.step), y: $0.value) }
    let levels = camera.map {
      [LinePlot.Level(value: $0.epsilonBudget, label: "budget \(Numeral.figure($0.epsilonBudget))")]
    }
    let span = [0, minutes(report.run.steps)].map { PlotPoint(x: $0, y: nil) }
    let plot = LinePlot(
      title: "Epsilon spent by \(Printable.text(curve.device))", xTitle: "", yTitle: "",
      lines: [.init("spent", colour: 1, points: points), .init("", colour: 3, points: span)], levels: levels ?? [],
      including: [0, panelHeight(of: camera)])
    let state = camera?.exhaustedAtStep.map { "silent from minute \(Numeral.fixed(minutes($0), 0))" }
    let note = state ?? "spent \(Numeral.figure(camera?.epsilonSpent))"
    return """
      <div><h4>\(curve.device)</h4><p>\(note)</p>
      <div class="wide">\(plot.svg(.panel))</div><div class="slim">\(plot.svg(.narrowPanel))</div></div>
      """
  }

  /// One scale for all panels, unless budgets differ so much that the small ones would vanish.
  private func panelHeight(of camera: RunReport.Camera?) -> Double {
    let budgets = report.cameras.map(\.epsilonBudget)
    let (low, high) = (budgets.min() ?? 0, budgets.max() ?? 0)
    return 1.2 * (high > 8 * low ? camera?.epsilonBudget ?? 0 : high)
  }

  private var accounts: Markup {
    DataTable(
      columns: [
        .text("device"), .number("releases"), .number("ε spent"), .number("ε budget"), .number("δ"),
        .number("silent from step"), .text("forecasts with"), .text("ledger, recomputed"),
      ],
      rows: report.cameras.map { camera in
        [
          Self.name(camera.device), "\(Numeral.grouped(camera.charges))", "\(Numeral.fixed(camera.epsilonSpent, 3))",
          "\(Numeral.fixed(camera.epsilonBudget, 3))", "\(RunReport.delta(of: camera))",
          "\(camera.exhaustedAtStep.map(Numeral.grouped) ?? Numeral.absent)", "\(camera.mode)", ledger(camera.ledger),
        ]
      }
    ).markup
  }

  private func ledger(_ audit: RunReport.LedgerAudit) -> Markup {
    """
    \(Self.tag(audit.holds, audit.holds ? "✓ holds" : "✗ does not hold")) \(Numeral.grouped(audit.size)) entries<br/>\
    <code class="root">\(audit.root)</code>
    """
  }

  /// A name as a cell; long ones are cut, so that one cannot push the others off the page.
  static func name(_ text: String) -> Markup {
    "<span class=\"name\">\(TextGrid.cut(text, to: 48))</span>"
  }

  static func tag(_ good: Bool, _ text: String) -> Markup {
    "<span class=\"tag \(good ? "good" : "bad")\">\(text)</span>"
  }
}
