import Foundation
import TacetAudit
import Testing

@Suite struct RunReportTests {
  @Test func jsonRoundTrip() throws {
    let report = ReportExample.report()
    #expect(try RunReport(json: report.json()) == report)
    #expect(try RunReport(json: ReportExample.empty.json()) == ReportExample.empty)
  }

  @Test func keysAreSnakeCase() throws {
    let object = try #require(
      JSONSerialization.jsonObject(with: ReportExample.report().json()) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "schema", "run", "summary", "epsilon_price", "cameras", "gateways", "intruders", "refresh", "series", "claims",
        "holds",
      ])
    #expect(object["schema"] as? Int == 2)
    let run = try #require(object["run"] as? [String: Any])
    #expect(run["started_at"] as? String == "2027-01-15T08:00:00Z")
    #expect((run["mechanism"] as? [String: Any])?["mu"] as? Double == 0.5)
    let summary = try #require(object["summary"] as? [String: Any])
    #expect((summary["mae"] as? [String: Double])?["last_value"] == 2.866)
    #expect((summary["latency_ms"] as? [String: Double])?["p99"] == 46.9)
    let names = Self.keys(in: object)
    #expect(names.isSuperset(of: ["exhausted_at_step", "sha256", "record_sizes_sent", "gain_kept_percent"]))
    #expect(names.allSatisfy { $0.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil })
  }

  @Test func figuresThatAreNotFiniteAreAbsent() throws {
    #expect(ReportExample.empty.summary.mae.mesh == nil)
    #expect(ReportExample.empty.summary.mae.lastValue == nil)
    #expect(!String(decoding: try ReportExample.empty.json(), as: UTF8.self).contains("\"gain_kept_percent\""))
  }

  @Test func aRequiredFigureThatIsNotFiniteIsNamed() {
    let base = ReportExample.empty
    let series = RunReport.Series(
      maeOverTime: [], epsilonOverTime: [], latencyHistogram: [.init(fromMs: 0, toMs: .infinity, count: 1)],
      latencyOverTime: [], trustOverTime: [])
    let report = RunReport(
      run: base.run, summary: base.summary, epsilonPrice: [], cameras: [], gateways: [], intruders: [], series: series,
      claims: [])
    let error = #expect(throws: RunReportError.self) { try report.json() }
    #expect(error?.description.hasPrefix("field series.latencyHistogram") == true, "\(String(describing: error))")
  }

  @Test(arguments: [([], false), ([true], true), ([true, false], false), ([true, true], true)] as [([Bool], Bool)])
  func holdsWhenThereAreClaimsAndAllHold(claims: [Bool], expected: Bool) {
    let base = ReportExample.empty
    let report = RunReport(
      run: base.run, summary: base.summary, epsilonPrice: [], cameras: [], gateways: [], intruders: [],
      series: base.series, claims: claims.map(ReportExample.claim))
    #expect(report.holds == expected)
  }

  @Test func anAlteredVerdictIsRefused() throws {
    let text = String(decoding: try ReportExample.empty.json(), as: UTF8.self)
    let altered = text.replacingOccurrences(of: "\"holds\" : false", with: "\"holds\" : true")
    #expect(altered != text)
    #expect(throws: RunReportError.verdictDisagrees) { try RunReport(json: Data(altered.utf8)) }
  }

  @Test func anotherSchemaIsRefused() throws {
    let text = String(decoding: try ReportExample.empty.json(), as: UTF8.self)
    let newer = text.replacingOccurrences(of: "\"schema\" : 2", with: "\"schema\" : 3")
    #expect(throws: RunReportError.unsupportedSchema(3)) { try RunReport(json: Data(newer.utf8)) }
  }

  @Test(arguments: ["", "[]", "{", "{\"schema\":2}", "null", "\u{FEFF}x"])
  func whatIsNoReportIsRefusedInOneLine(text: String) {
    let error = #expect(throws: RunReportError.self) { try RunReport(json: Data(text.utf8)) }
    #expect(error.map { $0.description.hasPrefix("not a run report (") && !$0.description.contains("\n") } == true)
  }

  @Test func theErrorNamesTheField() throws {
    let text = String(decoding: try ReportExample.empty.json(), as: UTF8.self)
    let broken = text.replacingOccurrences(of: "\"cores\" : 2", with: "\"cores\" : \"two\"")
    let error = #expect(throws: RunReportError.self) { try RunReport(json: Data(broken.utf8)) }
    #expect(error?.description.contains("run.cores") == true)
  }

  private static func keys(in value: Any) -> Set<String> {
    if let object = value as? [String: Any] {
      return object.reduce(into: Set(object.keys)) { $0.formUnion(keys(in: $1.value)) }
    }
    return (value as? [Any] ?? []).reduce(into: []) { $0.formUnion(keys(in: $1)) }
  }
}
