import Foundation
import Testing

@testable import TacetAudit

/// Reports on prices: pages and tables of any figures and names.
@Suite struct PriceReportTests {
  private static func price(_ mu: Double, trip: Double?, mae: Double?) -> RunReport.EpsilonPrice {
    .init(
      unit: trip == nil ? "any-input" : "contribution", mu: mu, epsilonRun: 24.1, epsilonDay: 36.5,
      epsilonPassage: trip.map { $0 / 2 }, epsilonTrip: trip,
      mae: .init(mesh: mae, student: 1.6945, lastValue: 3.1017, reference: 1.5325), gainKeptPercent: 81.7)
  }

  private static func report(
    name: String = "clinics", packs: Int = 2, prices: Int = 2, policy: Bool = true
  ) -> PriceReport {
    let target = PriceReport.Target(name: name, unit: name)
    return PriceReport(
      madeAt: Date(timeIntervalSince1970: 1_800_000_000.75), tacetVersion: "0.1.0",
      recording: .init(name: name, sha256: "3f5b"), policy: policy ? .init(name: name, sha256: "a95b") : nil,
      delta: 1e-6,
      packs: (0..<packs).map { index in
        let isContribution = index.isMultiple(of: 2)
        return PriceReport.Pack(
          model: name, version: 3, files: [.init(name: name, sha256: "075b")],
          unit: isContribution ? .contribution : .anyInput,
          hides: PriceWords.general.hides(isContribution ? .contribution : .anyInput), target: target, sites: 12,
          steps: 1610, stepSeconds: 86_400, mechanism: .init(sensitivity: 64, scale: 64, mu: 1, steps: 345),
          prices: [price(1, trip: isContribution ? 11 : nil, mae: 1.562), price(4, trip: nil, mae: nil)]
            .prefix(prices).map { $0 })
      })
  }

  @Test(arguments: ["clinics", ReportPageTests.hostile, String(repeating: "long ", count: 200)])
  func pageIsWellFormed(name: String) {
    let page = PageReader(Self.report(name: name).html())
    #expect(page.failure == nil)
    #expect(page.elements["svg", default: 0] == 5)
    #expect(page.elements["script"] == nil && page.elements["img"] == nil)
    #expect(Set(page.attributes) == Set(PageReader(Self.report().html()).attributes))
  }

  @Test func pageShowsTheFigures() {
    let source = Self.report().html()
    let text = PageReader(source).text
    for figure in [
      "clinics 3 (contribution), ε of a trip", "clinics 3 (any-input), ε of a day", "1.694", "3.102", "1.532", "1.562",
      "81.7 %", "5.50", "2 model packs forecast clinics", "1,610 steps of 86,400 s", "a window of 345 releases",
      "how many passed is not", "how many passed too", "2027-01-15T08:00:00Z",
    ] {
      #expect(text.contains(figure), "\(figure)")
    }
    for reference in ["http:", "https:", "src=", "href=", "url(", "@import", "<script", "<link"] {
      #expect(!source.contains(reference), "\(reference)")
    }
  }

  @Test(arguments: [(0, 0), (1, 0), (1, 1), (8, 2)])
  func anyNumberOfRowsIsAPage(packs: Int, prices: Int) {
    let report = Self.report(packs: packs, prices: prices, policy: false)
    let page = PageReader(report.html())
    #expect(page.failure == nil)
    #expect(!page.text.contains("nan") && !report.table().contains("nan"))
  }

  @Test(arguments: ["clinics", ReportPageTests.hostile, String(repeating: "wide", count: 60), "word \u{7}\r\n\t"])
  func tableFitsTheTerminal(name: String) {
    let table = Self.report(name: name).table()
    for line in table.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    #expect(!table.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
  }

  @Test func tableIsAsPrinted() {
    #expect(Self.report(packs: 1).table() == Self.golden)
  }

  private static let golden = """
    What each ε buys · recording clinics · policy clinics · δ = 1e-6 · a trip passes
    4 devices

    clinics 3 · contribution · 12 sites, 1,610 steps of 86,400 s
    One individual’s passage is hidden, how many passed is not; past several devices
    ε grows as the trip column says.
    MAE of clinics, clinics: student 1.694, last value 3.102, un-noised 1.532
         μ  ε in all  ε a day  ε passage  ε a trip    MAE  gain kept
      1.00      24.1     36.5       5.50      11.0  1.562     81.7 %  trained for
      4.00      24.1     36.5          –         –      –     81.7 %
    """

  @Test func jsonHasWhatTheContractSays() throws {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Self.report().json()) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "schema", "made_at", "tacet_version", "recording", "policy", "delta", "trip_devices", "packs",
      ])
    let pack = try #require((object["packs"] as? [[String: Any]])?.first)
    #expect(
      Set(pack.keys) == [
        "model", "version", "files", "unit", "hides", "target", "sites", "steps", "step_seconds", "mechanism", "prices",
      ])
    let row = try #require((pack["prices"] as? [[String: Any]])?.first)
    #expect(
      Set(row.keys) == [
        "unit", "mu", "epsilon_run", "epsilon_day", "epsilon_passage", "epsilon_trip", "mae", "gain_kept_percent",
      ])
  }
}

/// Where reports go.
@Suite struct ReportFolderTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-report-\(UUID().uuidString)")

  private func content(_ name: String) -> String? {
    try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  private var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  @Test func aReportReplacesTheOneBefore() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let out = try ReportFolder(folder)
    try out.write(json: Data("1".utf8), html: "first")
    try out.write(json: Data("2".utf8), html: "second")
    #expect(names == ["report.html", "report.json"])
    #expect(content("report.json") == "2" && content("report.html") == "second")
  }

  /// A place that is taken: nothing else is left behind.
  @Test(arguments: ["report.json", "report.html"]) func whatCannotBeWrittenLeavesNothing(name: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let out = try ReportFolder(folder)
    let taken = folder.appending(path: name)
    try FileManager.default.createDirectory(at: taken.appending(path: "x"), withIntermediateDirectories: true)
    #expect(throws: ReportFolderError.cannotBeWritten(taken.path)) { try out.write(json: Data("1".utf8), html: "page") }
    #expect(names == [name])
  }

  @Test func whatIsNoFolderIsFoundFirst() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data().write(to: folder)
    let place = folder.appending(path: "out")
    #expect(throws: ReportFolderError.cannotBeMade(place.path)) { try ReportFolder(place) }
  }
}
