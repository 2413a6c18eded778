extension ReportPage {
  /// How good the forecasts are, over time and in the mean.
  var accuracy: Markup {
    """
    <h2>How good the forecasts are</h2>
    <p>A forecast says how busy the approach lanes of a junction will be 10 to 40 seconds ahead. Its error is the mean \
    absolute error (MAE) in percentage points of occupancy, the share of time a detector has a vehicle over it. Lower is \
    better.</p>
    \(errorsOverTime.markup)
    \(advantageOverTime.markup)
    <div class="pair">\(errorBars(report.summary.mae, "Mean error, all forecasts", report.summary.forecasts))\
    \(errorBars(report.summary.maeWhereMesh, "Mean error, where the mesh took part", report.summary.meshForecasts))</div>
    """
  }

  private var errorsOverTime: Figure {
    let points = report.series.maeOverTime
    func line(_ name: String, _ colour: Int, _ figure: (RunReport.MeanErrors) -> Double?) -> LinePlot.Line {
      .init(name, colour: colour, points: points.map { PlotPoint(x: minutes($0.step), y: figure($0.mae)) })
    }
    return Figure(
      "Error over time",
      caption: Self.span(of: points) + "Each point is the mean over one stretch of steps and all sites.",
      plot: LinePlot(
        title: "Mean absolute error over city time", xTitle: Self.cityTime, yTitle: "MAE, % occupancy",
        lines: [
          line("mesh, as run", 1, \.mesh), line("student alone", 2, \.student), line("last value", 3, \.lastValue),
          line("no noise, no liar", 4, \.reference),
        ]))
  }

  private var advantageOverTime: Figure {
    func line(_ name: String, _ colour: Int, _ figure: (RunReport.MeanErrors) -> Double?) -> LinePlot.Line {
      .init(
        name, colour: colour,
        points: report.series.maeOverTime.map { point in
          let gain = point.mae.student.flatMap { student in figure(point.mae).map { student - $0 } }
          return PlotPoint(x: minutes(point.step), y: gain)
        })
    }
    return Figure(
      "Advantage over the student",
      caption:
        "How much lower the error is than the student’s, on a scale of its own. Dashed: the student; below it the mesh does harm.",
      plot: LinePlot(
        title: "Error of the student minus error of the mesh, over city time", xTitle: Self.cityTime,
        yTitle: "student’s MAE − MAE, % occupancy",
        lines: [line("mesh, as run", 1, \.mesh), line("no noise, no liar", 4, \.reference)],
        levels: [.init(value: 0, label: "")]))
  }

  private static func span(of points: [RunReport.ErrorPoint]) -> String {
    guard let first = points.first, let last = points.last, first.step != last.step else { return "" }
    return "City time \(first.cityTime) to \(last.cityTime). "
  }

  private func errorBars(_ mae: RunReport.MeanErrors, _ heading: String, _ count: Int) -> Markup {
    func bar(_ name: String, _ detail: String, _ value: Double?, _ colour: Int) -> BarPlot.Bar {
      .init(name: name, detail: detail, value: value, shown: Numeral.fixed(value, 3), colour: colour)
    }
    let plot = BarPlot(
      title: heading, yTitle: "MAE, % occupancy",
      bars: [
        bar("last value", "no model", mae.lastValue, 3), bar("student", "own sensor", mae.student, 2),
        bar("mesh", "as run", mae.mesh, 1), bar("reference", "no noise", mae.reference, 4),
      ])
    let caption = "The same \(Numeral.grouped(count)) forecasts for all four."
    return Figure(heading, caption: caption, isEmpty: plot.isEmpty, draw: plot.svg).markup
  }
}
