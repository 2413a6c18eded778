import Foundation
import TacetAudit
import Testing

@Suite struct ReportPageTests {
  /// Would close what holds it, start a script, break out of an attribute, steer a terminal, reorder a line.
  static let hostile = "\"'></style></text><script>alert(1)</script><img src=x onerror=go()>&amp;\u{1B}[2J\u{0}\u{202E}"

  @Test(arguments: [nil, hostile, String(repeating: "long ", count: 200)])
  func pageIsWellFormed(text: String?) {
    let page = PageReader(ReportExample.report(hostile: text).html())
    #expect(page.failure == nil)
    #expect(page.elements["svg", default: 0] > 20)
  }

  @Test func hostileTextStaysText() {
    let usual = PageReader(ReportExample.report().html())
    let page = PageReader(ReportExample.report(hostile: Self.hostile).html())
    #expect(page.elements["script"] == nil)
    #expect(page.elements["img"] == nil)
    #expect(Set(page.attributes) == Set(usual.attributes))
    #expect(page.text.contains("<script>alert(1)</script>"))
    let source = ReportExample.report(hostile: Self.hostile).html()
    #expect(!source.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{0}" || $0 == "\u{202E}" })
  }

  @Test func pageLoadsNothingAndRunsNothing() {
    let source = ReportExample.report().html()
    for reference in ["http:", "https:", "src=", "href=", "url(", "@import", "<script", "<link", "<iframe", "onload"] {
      #expect(!source.contains(reference), "\(reference)")
    }
    #expect(source.contains("default-src 'none'"))
  }

  @Test func pageShowsTheFigures() {
    let text = PageReader(ReportExample.report().html()).text
    for figure in [
      "1.546", "7.3 %", "24,708", "60.412", "All 6 claims hold", "any-input", "10.8 bits", "quarantine below 0.4",
      "One vehicle’s passage is hidden, the flow of traffic is not", "64.0 %", "hidden, the flow too",
      "what 2 of 8 cameras do", "−0.38 %", "✓ better", "✓ no worse", "✗ worse",
    ] {
      #expect(text.contains(figure), "\(figure)")
    }
  }

  @Test func aGatewaysStandingIsShownStretchByStretch() throws {
    let source = ReportExample.report().html()
    // Three gateways, at two sizes; and the legend.
    for (standing, count) in [("newcomer", 6 + 1), ("trusted", 4 + 1), ("quarantine", 2 + 1), ("probation", 1)] {
      #expect(source.components(separatedBy: "<rect class=\"\(standing)\"").count - 1 == count, "\(standing)")
    }
    // Reports from before have none.
    let base = ReportExample.report()
    let old = RunReport.Series(
      maeOverTime: [], epsilonOverTime: [], latencyHistogram: [], latencyOverTime: [],
      trustOverTime: base.series.trustOverTime.map { .init(gateway: $0.gateway, points: $0.points) })
    let page = RunReport(
      run: base.run, summary: base.summary, epsilonPrice: [], cameras: [], gateways: [], intruders: [], series: old,
      claims: base.claims)
    #expect(!page.html().contains("Standing over time") && PageReader(page.html()).failure == nil)
  }

  /// A passage that a refresh sees, too, is charged for there, too.
  @Test(arguments: [nil, 26, 1]) func whatAPassageCostsIsSaidWhole(passages: Int?) {
    let base = ReportExample.report()
    let run = ReportExample.run(refreshPassages: passages)
    let page = RunReport(
      run: run, summary: base.summary, epsilonPrice: [], cameras: [], gateways: [], intruders: [],
      series: ReportExample.empty.series, claims: base.claims)
    let text = PageReader(page.html()).text
    let refresh = passages.map {
      ", and \($0 == 1 ? "all" : "1/\($0)") of the μ of the round of the student’s refresh that it falls in"
    }
    #expect(text.contains("one passage only its own window\(refresh ?? "")."))
  }

  @Test func aBrokenClaimIsSaidFirst() {
    let base = ReportExample.report()
    let report = RunReport(
      run: base.run, summary: base.summary, epsilonPrice: base.epsilonPrice, cameras: base.cameras,
      gateways: base.gateways, intruders: base.intruders, series: base.series,
      claims: base.claims + [ReportExample.claim(holds: false)])
    #expect(PageReader(report.html()).text.contains("✗ 1 of 7 claims do not hold"))
    #expect(report.table().hasSuffix("✗ 1 of 7 claims do not hold.\n"))
  }

  @Test func anEmptyRunIsAPage() {
    let page = PageReader(ReportExample.empty.html())
    #expect(page.failure == nil)
    #expect(page.text.contains("Nothing was verified"))
    #expect(!page.text.contains("nan") && !page.text.contains("inf "))
  }

  @Test(arguments: [1, 2, 5000]) func anyNumberOfPointsIsDrawn(count: Int) throws {
    let base = ReportExample.report()
    let report = RunReport(
      run: base.run, summary: base.summary, epsilonPrice: [], cameras: base.cameras, gateways: base.gateways,
      intruders: [], series: Self.series(points: count), claims: base.claims)
    let page = PageReader(report.html())
    #expect(page.failure == nil)
    #expect(page.longestLine <= 400)
    #expect(page.longestLine > (count > 400 ? 300 : count > 1 ? 1 : -1))
    #expect(page.elements["circle", default: 0] > 0 || count > 1)
  }

  private static func series(points: Int) -> RunReport.Series {
    let values = (0..<points).map { RunReport.StepValue(step: $0, value: $0 % 7 == 3 ? nil : Double($0 % 11)) }
    return .init(
      maeOverTime: values.map {
        .init(
          step: $0.step, cityTime: "7:00",
          mae: .init(mesh: $0.value, student: 1e12, lastValue: -3, reference: 1e-9))
      },
      epsilonOverTime: [.init(device: "unknown", points: values), .init(device: "camera-1", points: [])],
      latencyHistogram: [.init(fromMs: 5, toMs: 5, count: 3), .init(fromMs: .nan, toMs: 1, count: 1)],
      latencyOverTime: values.map { .init(step: $0.step, p50: nil, p99: $0.value) },
      trustOverTime: [.init(gateway: "gateway-1", points: values)])
  }
}
