import Foundation
import Testing

@testable import TacetAudit
@testable import TacetDemo
@testable import TacetMesh

/// What the demo claims is checked: each claim holds on evidence that supports it, and does not on evidence that does not.
@Suite struct ClaimsTests {
  /// Set once: certificates take their time.
  private static let usual = Result { try StagedRun() }

  private func broken(_ run: StagedRun, refresh: RefreshReport? = refreshed()) -> [String] {
    Claims(run.evidence, refresh: refresh).all().filter { !$0.holds }.map(\.name)
  }

  /// What a refresh came to: read as from a report.
  private static func refreshed(liars gain: Double = 0) -> RefreshReport? {
    let json = """
      {"holds": \(gain >= 0), "model": "traffic", "devices": 8, "rounds": 4, "stepsPerRound": 230, "mu": 1, "passages": 3,
       "eventSeconds": 110, "rule": "median", "draws": 5, "maeBefore": 2.357, "rows": [
       {"attack": "none", "liars": 0, "noised": true, "mae": 2.348, "least": 2.3, "most": 2.4, "gain": 0.004, "published": 2, "holds": true},
       {"attack": "mimic", "liars": 2, "noised": true, "mae": 2.36, "least": 2.3, "most": 2.4, "gain": \(gain), "published": 1,
        "holds": \(gain >= 0)}]}
      """
    return try? JSONDecoder().decode(RefreshReport.self, from: Data(json.utf8))
  }

  /// What is wrong with a run, and which claims that belies.
  struct Flaw: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let belies: [String]
    let spoil: @Sendable (inout StagedRun) -> Void

    init(_ description: String, _ belies: String..., spoil: @escaping @Sendable (inout StagedRun) -> Void) {
      (testDescription, self.belies, self.spoil) = (description, belies, spoil)
    }
  }

  private static let one = "site-1"
  private static let other = "site-2"

  private static let ledgers: [Flaw] = [
    Flaw("a ledger does not recompute", "ledgers-hold") { run in
      run.sites[other]?.findings = [LedgerFinding(kind: .overBudget, index: 0, message: "changed")]
    },
    Flaw("nobody was ever charged", "ledgers-hold", "charged-first") { run in
      for name in run.stage.sites { run.sites[name]?.charged = [] }
    },
    Flaw("a site's charges are of another run", "charged-first") { $0.sites[other]?.charged = ["1700000000/0"] },
    Flaw("a release came before the window that was charged", "charged-first") { run in
      run.sites[other]?.charged = [StagedRun.charge(1)]
    },
    Flaw("no gateway took anything in", "charged-first") { $0.receipts = [] },
    Flaw("a release was heard of a camera whose budget is spent", "spent-is-silent") { run in
      run.receipts.append(ReceiptRecord(step: StagedRun.spentFrom, site: one, model: nil))
    },
    Flaw("no budget was ever spent", "spent-is-silent") { run in
      let unspent = run.sites[other]?.forecasts ?? []
      run.sites[one]?.forecasts = unspent
    },
  ]

  private static let wires: [Flaw] = [
    Flaw("a site sent a record of another size", "one-size") { $0.sites[one]?.wire.recordsSent["80"] = 1 },
    Flaw("a gateway received one", "one-size") { $0.gatewayWire.recordsReceived["80"] = 1 },
    Flaw("what was received has another size than what was sent", "one-size") { run in
      run.gatewayWire.recordsReceived = ["1050": 560]
      for name in run.stage.sites { run.sites[name]?.wire.recordsReceived = ["1050": 560] }
    },
    Flaw("an alert came in the middle", "one-size") { $0.gatewayWire.alertsReceived = 15 },
    Flaw("nothing was sent", "one-size") { run in
      (run.gatewayWire.recordsSent, run.gatewayWire.recordsReceived) = ([:], [:])
      for name in run.stage.sites {
        run.sites[name]?.wire.recordsSent = [:]
        run.sites[name]?.wire.recordsReceived = [:]
      }
    },
    Flaw("a slot had a message less", "constant-traffic") { $0.sites[one]?.wire.cellsReal = 299 },
    Flaw("a site used no slot", "constant-traffic") { run in
      let none: Int? = 0
      run.sites[one]?.wire.slotsSent = none
      run.sites[one]?.wire.cellsReal = none
      run.sites[one]?.wire.cellsCover = none
    },
  ]

  private static let answers: [Flaw] = [
    Flaw("a liar is heard at a site in the end", "liars-outvoted") { run in
      run.sites[one]?.forecasts[StagedRun.steps - 1].quarantined.removeFirst()
    },
    Flaw("an honest gateway was in quarantine for a step", "liars-outvoted") { run in
      run.sites[one]?.forecasts[3].quarantined.append("gateway/gateway-1")
    },
    Flaw("two of a hundred forecasts were made of what no honest gateway said", "forecasts-unmoved") { run in
      for name in [one, other] {
        for step in 0..<2 {
          for gateway in run.stage.gateways { run.sites[name]?.forecasts[step].distances?["gateway/\(gateway)"] = 3 }
        }
      }
    },
    Flaw("nobody wrote down how far answers were", "forecasts-unmoved") { $0.eachForecast { $0.distances = nil } },
    Flaw("no answer of a liar was ever among them", "forecasts-unmoved") { run in
      let liars = run.stage.liars.map { "gateway/\($0.name)" }
      run.eachForecast { forecast in for liar in liars { forecast.distances?[liar] = nil } }
    },
    Flaw("an intruder got an answer", "intruders-refused") { run in
      run.attempts[0] = Performance.Attempt(
        name: "nobody", tried: "to get in", expectedReason: "no_certificate", outcome: .answered(bytes: 1046))
    },
    Flaw("an intruder was left waiting", "intruders-refused") { run in
      run.attempts[1] = Performance.Attempt(
        name: "stranger", tried: "to get in", expectedReason: "certificate", outcome: .undecided)
    },
    Flaw("only one tried", "intruders-refused") { $0.attempts.removeLast() },
    Flaw("the gateway refused an intruder for another reason", "intruders-refused") { run in
      run.gatewayWire.refusals = ["no_certificate": 1, "handshake": 1]
    },
    Flaw("a tenth of the forecasts were not made", "always-forecasts") { run in
      for name in run.stage.sites { run.sites[name]?.forecasts.removeSubrange(5..<7) }
    },
    Flaw("no camera was ever silent", "spent-is-silent", "always-forecasts") { $0.eachForecast { $0.silence = nil } },
  ]

  @Test func everyClaimHoldsOnEvidenceThatSupportsIt() throws {
    let claims = Claims(try Self.usual.get().evidence, refresh: Self.refreshed()).all()
    #expect(claims.filter { !$0.holds }.map { "\($0.name): \($0.evidence)" } == [])
    let tried = Set((Self.ledgers + Self.wires + Self.answers).flatMap(\.belies))
    #expect(tried.union(["student-improves"]) == Set(claims.map(\.name)))
  }

  @Test func aRefreshThatLiarsMadeWorseIsNotSaidToImproveAnything() throws {
    let run = try Self.usual.get()
    #expect(broken(run, refresh: Self.refreshed(liars: -0.001)) == ["student-improves"])
    #expect(broken(run, refresh: nil) == ["student-improves"])
    let claim = Claims(run.evidence, refresh: Self.refreshed(liars: -0.001)).all().last
    #expect(claim?.evidence.contains("does not hold under: mimic") == true)
  }

  /// Not only the claims: what they are of is in the report too.
  @Test func theReportHasItsRefreshAndWhereEachGatewayStood() async throws {
    var run = try Self.usual.get()
    let liar = "gateway/\(try #require(run.stage.liars.first).name)"
    run.eachForecast { $0.standings = [liar: $0.step < 5 ? .newcomer : .quarantine] }
    let report = try await ReportBuilder(run.evidence).report()
    let refresh = try #require(report.refresh)
    #expect(refresh.devices == 8 && refresh.rounds == 4 && refresh.rows.count > 10 && refresh.maeBefore > 2)
    let claim = report.claims.first { $0.name == "student-improves" }
    #expect(claim?.holds == refresh.holds)
    let curve = report.series.trustOverTime.first { "gateway/\($0.gateway)" == liar }
    #expect(curve?.standings?.map(\.standing) == [.newcomer, .quarantine])
  }

  /// Of standings that are as frequent the worse is shown.
  @Test func ofEqualStandingsTheWorseIsShown() {
    #expect(ReportSeries.most([.trusted, .quarantine, .quarantine, .trusted]) == .quarantine)
    #expect(ReportSeries.most([.trusted, .trusted, .quarantine]) == .trusted)
    #expect(ReportSeries.most([.newcomer, .probation]) == .probation && ReportSeries.most([]) == nil)
  }

  @Test(arguments: ledgers + wires + answers) func aClaimThatIsBeliedDoesNotHold(flaw: Flaw) throws {
    var run = try Self.usual.get()
    flaw.spoil(&run)
    #expect(broken(run) == flaw.belies)
  }

  @Test func withoutCoverTrafficIsNotSaidToBeConstant() throws {
    #expect(broken(try StagedRun(["enabled: true": "enabled: false"])) == ["constant-traffic"])
  }

  @Test func withoutLiarsNobodyIsSaidToBeOutvoted() throws {
    let run = try StagedRun(["trim: 3": "trim: 0"])
    #expect(run.stage.liars.isEmpty && broken(run) == ["liars-outvoted", "forecasts-unmoved"])
  }
}
