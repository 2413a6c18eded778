/// The report as plain text of at most 80 columns.
struct ReportTable {
  static let width = 80

  let report: RunReport

  var text: String {
    let parts = [head, errors, figures, cameras, gateways, refresh, intruders, claims, [verdict]]
    return parts.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private var head: [String] {
    let run = report.run
    let city = "\(run.sites) sites, \(run.gateways) gateways, \(Numeral.grouped(run.steps)) steps"
    let took = "\(Numeral.duration(seconds: run.durationSeconds))"
    return TextGrid.wrapped(
      "Tacet run report · \(run.policy.name) · model \(run.modelName) \(run.modelVersion) · \(city) · \(took)",
      width: Self.width)
  }

  private var errors: [String] {
    func row(_ name: String, _ mae: RunReport.MeanErrors) -> [String] {
      [name] + [mae.mesh, mae.student, mae.lastValue, mae.reference].map { Numeral.fixed($0, 3) }
    }
    return TextGrid(
      columns: [.left(32)] + [Int](repeating: 9, count: 4).map(TextGrid.Column.right),
      rows: [
        ["MAE, % occupancy", "mesh", "student", "last", "un-noised"],
        row("all \(Numeral.grouped(report.summary.forecasts)) forecasts", report.summary.mae),
        row("the \(Numeral.grouped(report.summary.meshForecasts)) with the mesh", report.summary.maeWhereMesh),
      ]
    ).lines
  }

  private var figures: [String] {
    let summary = report.summary
    let latency = [summary.latencyMs.p50, summary.latencyMs.p99, summary.latencyMs.max].map(Numeral.figure)
    let rows = [
      ["gain kept", "\(Numeral.percent(summary.gainKeptPercent)) of the un-noised gain over the student"],
      ["latency", "p50 \(latency[0]) ms, p99 \(latency[1]) ms, max \(latency[2]) ms"],
      ["wire", "\(Numeral.whole(summary.wire.bytesPerInference)) bytes a forecast, messages of \(messageBytes) bytes"],
      [
        "TLS records",
        "out \(sizes(summary.wire.recordSizesSent)), in \(sizes(summary.wire.recordSizesReceived)) bytes",
      ],
      ["deadlines", deadlines],
      ["slots", slots],
      ["fallen back", fallenBack],
      ["intruders", "\(summary.intrudersRefused) of \(report.intruders.count) refused"],
    ]
    return TextGrid(columns: [.left(14), .left(62)], rows: rows).lines
  }

  private var deadlines: String {
    let wire = report.summary.wire
    return "\(Numeral.grouped(wire.deadlinesMissed)) of \(Numeral.grouped(wire.deadlinesKept + wire.deadlinesMissed)) "
      + "replies of gateways left without their answer"
  }

  private var slots: String {
    let wire = report.summary.wire
    return "\(Numeral.grouped(wire.slotsSkipped)) of \(Numeral.grouped(wire.slotsSent + wire.slotsSkipped)) "
      + "slots of sites were not kept"
  }

  private var messageBytes: String {
    Numeral.grouped(report.summary.wire.messageBytes)
  }

  private func sizes(_ sizes: [Int]) -> String {
    ReportPage.list(sizes)
  }

  private var fallenBack: String {
    report.summary.devicesFallenBack.isEmpty ? "none" : report.summary.devicesFallenBack.joined(separator: ", ")
  }

  private var cameras: [String] {
    guard !report.cameras.isEmpty else { return [] }
    let rows = report.cameras.map { camera in
      [
        camera.device, Numeral.grouped(camera.charges), Numeral.fixed(camera.epsilonSpent, 3),
        Numeral.fixed(camera.epsilonBudget, 3), RunReport.delta(of: camera), camera.mode, mark(camera.ledger.holds),
      ]
    }
    return TextGrid(
      columns: [.left(22), .right(8), .right(9), .right(9), .right(6), .left(7), .left(6)],
      rows: [["device", "releases", "ε spent", "ε budget", "δ", "mode", "ledger"]] + rows
    ).lines
  }

  private var gateways: [String] {
    guard !report.gateways.isEmpty else { return [] }
    let rows = report.gateways.map { gateway in
      [
        gateway.name, gateway.lied ? gateway.lie.map { "lies: \($0)" } ?? "made to lie" : "honest",
        Numeral.fixed(gateway.trustMean, 3),
        "\(gateway.quarantinedBy) of \(report.run.sites) sites",
        gateway.firstQuarantinedStep.map { "step \(Numeral.grouped($0))" } ?? Numeral.absent,
      ]
    }
    return TextGrid(
      columns: [.left(18), .left(15), .right(5), .left(14), .left(14)],
      rows: [["gateway", "role", "trust", "quarantined by", "first at"]] + rows
    ).lines
  }

  private var refresh: [String] {
    guard let refresh = report.refresh else { return [] }
    let rows = refresh.rows.map { row in
      [
        row.liars > 0 ? "\(row.liars) lie: \(row.attack)" : row.noised ? "honest" : "honest, no noise",
        Numeral.fixed(row.mae, 3), "\(Numeral.signed(-100 * row.gain, 2)) %", mark(row.holds),
      ]
    }
    return TextGrid(
      columns: [.left(26), .right(9), .right(9), .left(6)],
      rows: [
        ["student, \(refresh.devices) cameras", "MAE", "change", "holds"],
        ["before its refresh", Numeral.fixed(refresh.maeBefore, 3), "", ""],
      ] + rows
    ).lines
  }

  private var intruders: [String] {
    guard !report.intruders.isEmpty else { return [] }
    let rows = report.intruders.map { [$0.name, $0.refused ? "✓ refused" : "✗ LET IN", $0.reason] }
    return TextGrid(
      columns: [.left(22), .left(9), .left(43)], rows: [["intruder", "result", "gateway recorded"]] + rows
    ).lines
  }

  private var claims: [String] {
    report.claims.flatMap { claim in
      let lines =
        TextGrid.wrapped(claim.statement, width: Self.width - 4)
        + TextGrid.wrapped(claim.evidence, width: Self.width - 6).map { "  " + $0 }
      return lines.enumerated().map { ($0 == 0 ? "  \(mark(claim.holds)) " : "    ") + $1 }
    }
  }

  private var verdict: String {
    let broken = report.claims.filter { !$0.holds }.count
    if report.claims.isEmpty { return "✗ Nothing was verified." }
    return broken == 0
      ? "✓ All \(report.claims.count) claims hold." : "✗ \(broken) of \(report.claims.count) claims do not hold."
  }

  private func mark(_ holds: Bool) -> String {
    holds ? "✓" : "✗"
  }
}
