extension ReportPage {
  /// The figures a reader wants first.
  var tiles: Markup {
    "<ul class=\"tiles\">\([errorTile, gainTile, budgetTile, latencyTile, wireTile, adversaryTile])</ul>"
  }

  private func tile(_ name: String, _ figure: Markup, _ explanation: String) -> Markup {
    "<li><span>\(name)</span><b>\(figure)</b><p>\(explanation)</p></li>"
  }

  private var errorTile: Markup {
    let mae = report.summary.mae
    return tile(
      "Error of the forecasts", "\(Numeral.fixed(mae.mesh, 3)) <small>% occupancy</small>",
      """
      Mean over \(Numeral.grouped(report.summary.forecasts)) forecasts. Student alone \(Numeral.fixed(mae.student, 3)), last \
      value \(Numeral.fixed(mae.lastValue, 3)), no noise and no liar \(Numeral.fixed(mae.reference, 3))
      """)
  }

  private var gainTile: Markup {
    tile(
      "Gain kept", "\(Numeral.percent(report.summary.gainKeptPercent))",
      """
      Of what sharing without noise would gain over the student. The mesh took part in \
      \(Numeral.grouped(report.summary.meshForecasts)) forecasts
      """)
  }

  private var budgetTile: Markup {
    let silent = report.cameras.filter { $0.exhaustedAtStep != nil }.count
    let busiest = report.cameras.max { ($0.epsilonSpent ?? 0) < ($1.epsilonSpent ?? 0) }
    return tile(
      "Most privacy spent",
      "ε \(Numeral.figure(busiest?.epsilonSpent)) <small>of \(Numeral.figure(busiest?.epsilonBudget))</small>",
      """
      By any of \(Self.count(report.cameras.count, "camera")); unit \(report.run.privacyUnit). \(silent) ran out of budget and went \
      silent
      """)
  }

  private var latencyTile: Markup {
    let latency = report.summary.latencyMs
    return tile(
      "Latency, median", "\(Numeral.figure(latency.p50)) <small>ms</small>",
      """
      99 of 100 within \(Numeral.figure(latency.p99)) ms, all within \(Numeral.figure(latency.max)) ms; answers wait for \
      their deadline on purpose
      """)
  }

  private var wireTile: Markup {
    let wire = report.summary.wire
    return tile(
      "On the wire", "\(Numeral.whole(wire.bytesPerInference)) <small>bytes a forecast</small>",
      """
      Every message padded to \(Numeral.grouped(wire.messageBytes)) bytes; TLS record sizes seen out \
      \(Self.list(wire.recordSizesSent)), in \(Self.list(wire.recordSizesReceived))
      """)
  }

  private var adversaryTile: Markup {
    let liars = report.gateways.filter(\.lied)
    let caught = liars.filter { $0.quarantinedBy > 0 }.count
    return tile(
      "Intruders refused",
      "\(report.summary.intrudersRefused) <small>of \(report.intruders.count)</small>",
      "\(caught) of \(Self.count(liars.count, "lying gateway")) quarantined; "
        + "\(Self.count(report.summary.devicesFallenBack.count, "device")) on the student at the end")
  }

  /// A number of things, singular or plural.
  static func count(_ number: Int, _ thing: String) -> String {
    "\(Numeral.grouped(number)) \(thing)\(number == 1 ? "" : "s")"
  }

  /// Sizes in words: a few of them, then how many more.
  static func list(_ sizes: [Int]) -> String {
    if sizes.isEmpty { return "none" }
    let shown = sizes.prefix(3).map(Numeral.grouped).joined(separator: " / ")
    return sizes.count > 3 ? "\(shown) and \(sizes.count - 3) more" : shown
  }
}
