import Foundation

/// The report of a run as a page.
struct ReportPage {
  let report: RunReport

  var markup: Markup {
    PageFrame(
      title: "Tacet run report, \(started)", heading: "Tacet run report",
      meta: "\(started) · policy \(report.run.policy.name) · model \(report.run.modelName) \(report.run.modelVersion)",
      verdict: verdict,
      parts: [lead, tiles, claims, accuracy, price, privacy, guarantee, latency, gateways, refresh, intruders, facts]
    ).markup
  }

  var started: String {
    report.run.startedAt.formatted(.iso8601)
  }

  /// City time of a step in minutes since the first.
  func minutes(_ step: Int) -> Double {
    Double(step) * report.run.stepSeconds / 60
  }

  static let cityTime = "city time since the start, minutes"

  private var verdict: Markup {
    let broken = report.claims.filter { !$0.holds }.count
    if report.claims.isEmpty { return "<span class=\"verdict bad\">✗ Nothing was verified</span>" }
    if broken == 0 { return "<span class=\"verdict good\">✓ All \(report.claims.count) claims hold</span>" }
    return "<span class=\"verdict bad\">✗ \(broken) of \(report.claims.count) claims do not hold</span>"
  }

  private var lead: Markup {
    let run = report.run
    return """
      <p class="lead">\(run.sites) traffic cameras and \(run.gateways) gateways forecast the traffic together for \
      \(Numeral.duration(seconds: Double(run.steps) * run.stepSeconds)) of city time, \(Numeral.figure(run.acceleration)) \
      times faster than life, in \(Numeral.duration(seconds: run.durationSeconds)). No camera showed its data to anyone: \
      what left it was a short vector under noise, paid for from a privacy budget. Below is what that gave, what it cost, \
      and the evidence.</p>
      """
  }

  /// The claims with their evidence.
  private var claims: Markup {
    let items = report.claims.map { claim -> Markup in
      """
      <li><span class="sign \(claim.holds ? "good" : "bad")">\(claim.holds ? "✓" : "✗")</span>\
      <div><b>\(claim.statement)</b><p>\(claim.evidence) <code>\(claim.name)</code></p></div></li>
      """
    }
    let list: Markup = items.isEmpty ? "" : "<ul class=\"claims card\">\(items)</ul>"
    return """
      <h2>What was claimed, and the evidence</h2>
      <p class="note">Each line is checked at the end of the run from what the processes left behind, and is written so \
      that it can fail.</p>
      \(list)
      """
  }
}
