extension ReportPage {
  /// How long a forecast takes.
  var latency: Markup {
    let latency = report.summary.latencyMs
    let marks = [("median", latency.p50), ("99th percentile", latency.p99)].compactMap { name, value in
      value.map { LinePlot.Level(value: $0, label: "\(name) \(Numeral.figure($0)) ms") }
    }
    let histogram = HistogramPlot(
      title: "Forecasts by latency", xTitle: "latency, ms", yTitle: "forecasts", bins: report.series.latencyHistogram,
      marks: marks)
    return """
      <h2>How long a forecast takes</h2>
      <p>From a camera’s window to the junction’s forecast, by way of \(report.run.gateways) gateways. Answers leave at a deadline plus a \
      random delay, never as soon as they are ready, so that waiting times tell nothing about what was computed.</p>
      <div class="pair">\
      \(Figure("Spread", caption: "All forecasts of the run.", isEmpty: histogram.isEmpty, draw: histogram.svg).markup)\
      \(latencyOverTime.markup)</div>
      """
  }

  private var latencyOverTime: Figure {
    func line(_ name: String, _ colour: Int, _ figure: (RunReport.LatencyPoint) -> Double?) -> LinePlot.Line {
      .init(
        name, colour: colour,
        points: report.series.latencyOverTime.map { PlotPoint(x: minutes($0.step), y: figure($0)) })
    }
    return Figure(
      "Over time", caption: "Median and 99th percentile of each stretch of steps.",
      plot: LinePlot(
        title: "Latency over city time", xTitle: Self.cityTime, yTitle: "latency, ms",
        lines: [line("99th percentile", 2, \.p99), line("median", 1, \.p50)], including: [0]), wide: .half)
  }

  /// Trust in the gateways.
  var gateways: Markup {
    """
    <h2>Who lied, and who noticed</h2>
    <p>Every site asks several gateways and takes the trimmed mean of their answers, each weighted by the trust it has earned, so \
    that liars in the minority cannot move the result out of what honest ones say. A gateway whose answers keep away from the robust \
    result loses trust; below the threshold the site no longer listens to it.</p>
    \(trustOverTime.markup)
    \(standingOverTime)
    \(gatewayTable)
    """
  }

  private var trustOverTime: Figure {
    let liars = Dictionary(report.gateways.filter(\.lied).map { ($0.name, Self.role($0)) }) { first, _ in first }
    var (honest, lying) = ([3, 5, 8, 7, 1], [4, 6, 2])
    let lines = report.series.trustOverTime.prefix(8).map { curve in
      let colour = (liars[curve.gateway] == nil ? honest.popLast() : lying.popLast()) ?? 3
      return LinePlot.Line(
        liars[curve.gateway].map { "\(curve.gateway) (\($0))" } ?? curve.gateway, colour: colour,
        points: curve.points.map { PlotPoint(x: minutes($0.step), y: $0.value) })
    }
    let threshold = report.run.trustThreshold
    return Figure(
      "Trust over time",
      caption: report.series.trustOverTime.count > 8
        ? "Mean over the sites; the first 8 gateways." : "Mean over the sites.",
      plot: LinePlot(
        title: "Trust in each gateway over city time", xTitle: Self.cityTime, yTitle: "trust, 0 to 1",
        lines: lines,
        levels: [.init(value: threshold, label: "quarantine below \(Numeral.short(threshold))")], including: [0, 1]))
  }

  /// Nothing in reports from before standings were in them.
  private var standingOverTime: Markup {
    let curves = report.series.trustOverTime
    guard curves.contains(where: { $0.standings != nil }) else { return "" }
    let plot = StandingPlot(
      title: "Standing of each gateway over city time", xTitle: Self.cityTime,
      bands: curves.map { curve in
        StandingPlot.Band(
          name: curve.gateway,
          parts: (curve.standings ?? []).map { (minutes($0.fromStep), minutes($0.toStep), $0.standing) })
      })
    return Figure(
      "Standing over time",
      caption: "Where each gateway stood at most sites: heard little, heard, not heard, and heard little once more.",
      legend: plot.legend, isEmpty: plot.isEmpty, wide: .full, draw: plot.svg
    ).markup
  }

  /// What a gateway was in this run.
  private static func role(_ gateway: RunReport.Gateway) -> String {
    guard gateway.lied else { return "honest" }
    guard let lie = gateway.lie else { return "made to lie" }
    let from = gateway.liedFrom ?? 0
    return "made to lie: \(lie)" + (from > 0 ? " from step \(from)" : "")
  }

  private var gatewayTable: Markup {
    DataTable(
      columns: [
        .text("gateway"), .text("role in this run"), .number("trust, lowest"), .number("mean"), .number("highest"),
        .number("quarantined by"), .number("first at step"),
      ],
      rows: report.gateways.map { gateway in
        [
          Self.name(gateway.name), "\(Self.role(gateway))",
          "\(Numeral.fixed(gateway.trustMin, 3))",
          "\(Numeral.fixed(gateway.trustMean, 3))", "\(Numeral.fixed(gateway.trustMax, 3))",
          "\(gateway.quarantinedBy) of \(report.run.sites) sites",
          "\(gateway.firstQuarantinedStep.map(Numeral.grouped) ?? Numeral.absent)",
        ]
      }
    ).markup
  }

  /// Who tried to come in.
  var intruders: Markup {
    let table = DataTable(
      columns: [.text("intruder"), .text("tried"), .text("saw"), .text("gateway recorded"), .text("result")],
      rows: report.intruders.map { intruder in
        [
          Self.name(intruder.name), "\(intruder.attempt)", "\(intruder.outcome)", "\(intruder.reason)",
          Self.tag(intruder.refused, intruder.refused ? "✓ refused" : "✗ let in"),
        ]
      })
    return """
      <h2>Who tried to come in</h2>
      <p>A peer must prove with a certificate of this mesh who it is before it may say anything.</p>
      \(table.markup)
      """
  }
}
