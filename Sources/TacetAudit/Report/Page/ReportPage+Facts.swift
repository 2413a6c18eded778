extension ReportPage {
  /// Everything needed to say which run this was.
  var facts: Markup {
    let table = DataTable(columns: [.text("what"), .text("value")], rows: mechanism + host + files)
    return """
      <h2>Facts of the run</h2>
      \(table.markup)
      <footer>Written by tacet \(report.run.tacetVersion). The same figures are in report.json, schema \(report.schema). \
      This page loads nothing from anywhere and runs no script.</footer>
      """
  }

  private var mechanism: [[Markup]] {
    let run = report.run
    return [
      ["privacy unit", "\(run.privacyUnit)"],
      ["sensitivity, noise scale S", "\(run.mechanism.sensitivity), \(run.mechanism.scale) grid units"],
      [
        run.mechanism.steps == 1
          ? "μ of a release" : "μ of a window of \(Numeral.grouped(run.mechanism.steps)) releases",
        "\(Numeral.short(run.mechanism.mu))",
      ],
      ["city", "\(city)"],
      ["messages on the wire", "\(Numeral.grouped(report.summary.wire.messages))"],
      [
        "replies of gateways that left without their answer", "\(Numeral.grouped(report.summary.wire.deadlinesMissed))",
      ],
      ["slots of sites that were not kept", "\(Numeral.grouped(report.summary.wire.slotsSkipped))"],
      ["on the student at the end", "\(fallenBack)"],
    ]
  }

  private var city: String {
    let run = report.run
    return "\(run.sites) sites, \(run.gateways) gateways, \(Numeral.grouped(run.steps)) steps of "
      + "\(Numeral.figure(run.stepSeconds)) s"
  }

  private var fallenBack: String {
    report.summary.devicesFallenBack.isEmpty ? "none" : report.summary.devicesFallenBack.joined(separator: ", ")
  }

  private var host: [[Markup]] {
    let run = report.run
    return [
      ["started, took", "\(started), \(Numeral.duration(seconds: run.durationSeconds))"],
      ["host", "\(run.operatingSystem), \(run.cores) processors"],
    ]
  }

  private var files: [[Markup]] {
    ([report.run.policy] + report.run.modelFiles).map(\.row)
  }
}

extension RunReport.FileDigest {
  /// A row of a table of facts.
  var row: [Markup] { ["SHA-256 of \(name)", "<code>\(sha256)</code>"] }
}
