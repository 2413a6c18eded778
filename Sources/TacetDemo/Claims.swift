import Foundation
import TacetAudit
import TacetMesh
import TacetPolicy

/// What the demo claims, each checked against the evidence of the run: every check can fail.
struct Claims: Sendable {
  private let evidence: Evidence
  private let refresh: RefreshReport?

  /// - Parameter refresh: what a refresh of the student came to; nil where none was played.
  init(_ evidence: Evidence, refresh: RefreshReport?) {
    (self.evidence, self.refresh) = (evidence, refresh)
  }

  /// All claims, in the order of a step of the mesh.
  func all() -> [RunReport.Claim] {
    [
      ledgersHold(), chargedBeforeReleased(), exhaustedIsSilent(), oneSize(), constantTraffic(), liarsOutvoted(),
      forecastsUnmoved(), intrudersRefused(), alwaysForecasts(),
    ] + (evidence.stage.policy.refresh == nil ? [] : [studentImproves()])
  }

  private func ledgersHold() -> RunReport.Claim {
    let broken = evidence.sites.filter { !$0.ledger.holds }
    let charges = evidence.sites.reduce(0) { $0 + $1.charged.count }
    return RunReport.Claim(
      name: "ledgers-hold",
      statement: "Every ledger recomputes from its entries, and no camera exceeded its budget.",
      holds: broken.isEmpty && charges > 0,
      evidence: broken.isEmpty
        ? "\(evidence.sites.count) ledgers, \(charges) charges recomputed, checkpoint signatures verified"
        : broken.map { "\($0.device): \($0.ledger.findings.first.map(String.init(describing:)) ?? "")" }
          .joined(separator: "; "))
  }

  private func chargedBeforeReleased() -> RunReport.Claim {
    let paid = Dictionary(uniqueKeysWithValues: evidence.sites.map { ($0.name, paidSteps(of: $0)) })
    let receipts = evidence.gateways.flatMap(\.receipts)
    let uncharged = receipts.filter { paid[$0.site]?.contains($0.step) != true }
    return RunReport.Claim(
      name: "charged-first",
      statement: "Every release that a gateway took in has its charge in the camera's ledger.",
      holds: uncharged.isEmpty && !receipts.isEmpty,
      evidence: "\(receipts.count) releases received by \(evidence.gateways.count) gateways, "
        + "\(uncharged.count) of them without a charge")
  }

  /// The steps that the charges in a site's ledger pay for: a release's own, or those of a stream window, which has the name of its
  /// first and ends with its run at the latest.
  private func paidSteps(of site: Evidence.Site) -> Set<Int> {
    let prefix = "\(Int(evidence.schedule.start.timeIntervalSince1970))/"
    let (mechanism, manifest) = (evidence.stage.policy.privacy.releases.mechanism, evidence.stage.model.manifest)
    let steps = mechanism.unit == .contribution ? mechanism.steps / manifest.binsPerStep : 1
    return Set(
      site.charged.flatMap { name -> Range<Int> in
        guard name.hasPrefix(prefix), let first = Int(name.dropFirst(prefix.count)), first >= 0 else { return 0..<0 }
        let end = evidence.schedule.beginningOfRun(of: first) + evidence.schedule.stepsPerRun
        return first..<min(first + steps, end)
      })
  }

  private func exhaustedIsSilent() -> RunReport.Claim {
    let spent = evidence.sites.filter { site in site.forecasts.contains { $0.silence == ForecastRecord.budgetSpent } }
    let silent = Dictionary(
      uniqueKeysWithValues: spent.map { site in
        (site.name, Set(site.forecasts.filter { $0.silence == ForecastRecord.budgetSpent }.map(\.step)))
      })
    let heard = evidence.gateways.flatMap(\.receipts).filter { silent[$0.site]?.contains($0.step) == true }
    let steps = silent.values.reduce(0) { $0 + $1.count }
    return RunReport.Claim(
      name: "spent-is-silent",
      statement: "A camera whose budget is spent releases nothing more.",
      holds: heard.isEmpty && !spent.isEmpty,
      evidence: spent.isEmpty
        ? "no camera ran out in this run"
        : "\(spent.map(\.device).joined(separator: ", ")) silent for \(steps) steps; \(heard.count) releases heard in them"
    )
  }

  private func oneSize() -> RunReport.Claim {
    let wires = evidence.sites.map(\.wire) + evidence.gateways.map(\.wire)
    let sent = Set(wires.flatMap(\.recordsSent.keys))
    let received = Set(wires.flatMap(\.recordsReceived.keys))
    let alerts = wires.reduce(0) {
      $0 + max(0, $1.alertsSent - $1.connections) + max(0, $1.alertsReceived - $1.connections)
    }
    let messages = wires.reduce(0) { $0 + $1.recordsSent.values.reduce(0, +) }
    return RunReport.Claim(
      name: "one-size",
      statement:
        "Every message on every link is a TLS record of the same size, both ways, from a connection's first reply on.",
      holds: sent.count == 1 && sent == received && alerts == 0 && messages > 0,
      evidence: "\(messages) messages of \(evidence.stage.policy.message.bytes) bytes; record sizes sent "
        + "\(sent.sorted().joined(separator: ", ")), received \(received.sorted().joined(separator: ", "))")
  }

  /// Where the policy has cover, and for what it says of cells alone: that they are all of one size is the claim before.
  private func constantTraffic() -> RunReport.Claim {
    let isCovered = evidence.stage.policy.cover.isEnabled
    let cells = try? StepCells(model: evidence.stage.model, policy: evidence.stage.policy)
    let uneven = evidence.sites.filter { site in
      let sent = (site.wire.cellsReal ?? 0) + (site.wire.cellsCover ?? 0)
      return sent == 0 || sent != (site.wire.slotsSent ?? 0) * (cells?.width ?? 0)
    }
    let real = evidence.sites.map { "\($0.name): \($0.wire.cellsReal ?? 0)" }.joined(separator: ", ")
    return RunReport.Claim(
      name: "constant-traffic",
      statement: "At every slot a site sends the same number of messages, however much it has to say.",
      holds: isCovered && uneven.isEmpty && !evidence.sites.isEmpty,
      evidence: isCovered
        ? "\(cells?.width ?? 0) messages at each of \(evidence.sites.reduce(0) { $0 + ($1.wire.slotsSent ?? 0) }) slots; "
          + "of them said something: \(real)"
        : "the policy has no cover")
  }

  private func liarsOutvoted() -> RunReport.Claim {
    let liars = Set(evidence.stage.liars.map { "gateway/\($0.name)" })
    let outvoting = evidence.sites.compactMap { $0.forecasts.last }.filter { liars.isSubset(of: $0.quarantined) }
    let wronged = evidence.sites.flatMap(\.forecasts).filter { !liars.isSuperset(of: $0.quarantined) }
    return RunReport.Claim(
      name: "liars-outvoted",
      statement: "Every gateway that lies ends in quarantine at every site, and no honest one was ever there.",
      holds: !liars.isEmpty && outvoting.count == evidence.sites.count && wronged.isEmpty,
      evidence:
        "\(liars.sorted().joined(separator: ", ")) in quarantine at \(outvoting.count) of \(evidence.sites.count) "
        + "sites; \(wronged.count) steps with an honest gateway in quarantine")
  }

  /// How far what each forecast was made of is from the nearest answer of a gateway that did not lie. Honest ones differ too, where one has
  /// missed a release: by no more than the policy's tolerance, or they would lose trust.
  private func forecastsUnmoved() -> RunReport.Claim {
    let (liars, tolerance) = (
      Set(evidence.stage.liars.map { "gateway/\($0.name)" }), evidence.stage.policy.trust.parameters.tolerance
    )
    // By what they were made to do, not by what came of it.
    let first = evidence.stage.liars.map { evidence.stage.first(of: $0) }.min() ?? .max
    let attacked = evidence.sites.flatMap(\.forecasts).filter { $0.step >= first }.compactMap(\.distances).filter {
      !liars.isDisjoint(with: $0.keys)
    }
    let moved = attacked.map { distances in distances.filter { !liars.contains($0.key) }.values.min() ?? .infinity }
    let lies = attacked.map { distances in liars.reduce(0) { $0 + (distances[$1] ?? 0) } / Double(distances.count) }
    let within = moved.count { $0 <= tolerance }
    let percent = { (values: [Double], part: Double) in
      let value = 100 * (values.percentile(part) ?? .infinity)
      return String(format: value < 10 ? "%.2g %%" : "%.0f %%", value)
    }
    return RunReport.Claim(
      name: "forecasts-unmoved",
      statement:
        "Where gateways lied, what a forecast was made of is what an honest one said, within the policy's tolerance.",
      holds: !attacked.isEmpty && within * 100 >= attacked.count * 99,
      evidence:
        "\(within) of \(attacked.count) forecasts with lies among the answers; from the nearest honest answer, median "
        + "\(percent(moved, 50)), 99th percentile \(percent(moved, 99)); the mean of all answers could be \(percent(lies, 50)) off"
    )
  }

  private func intrudersRefused() -> RunReport.Claim {
    let attempts = evidence.record.intruders
    let refused = attempts.filter { if case .refused = $0.outcome { true } else { false } }
    let refusals = evidence.gateways.first?.wire.refusals ?? [:]
    let counted = attempts.filter { (refusals[$0.expectedReason] ?? 0) > 0 }.count
    return RunReport.Claim(
      name: "intruders-refused",
      statement: "Nobody without a certificate of this mesh's CA gets an answer at a gateway's link.",
      holds: refused.count == attempts.count && attempts.count == 2 && counted == attempts.count,
      evidence:
        "\(refused.count) of \(attempts.count) intruders refused; the gateway counted \(counted) of them under the right reason"
    )
  }

  private func alwaysForecasts() -> RunReport.Claim {
    let possible = evidence.stage.options.steps * evidence.sites.count
    let made = evidence.sites.reduce(0) { $0 + $1.forecasts.count }
    let silent = evidence.sites.flatMap(\.forecasts).filter { $0.silence != nil }.count
    return RunReport.Claim(
      name: "always-forecasts",
      statement: "Every site goes on forecasting, whether its camera may speak or not.",
      holds: made * 100 >= possible * 95 && silent > 0,
      evidence: "\(made) forecasts in \(possible) site-steps, \(silent) of them by a silent site's student")
  }

  /// Only of a policy under which devices refresh it.
  private func studentImproves() -> RunReport.Claim {
    RunReport.Claim(
      name: "student-improves",
      statement: "A refresh of the student makes it better, and liars among the cameras make it no worse.",
      holds: refresh?.holds ?? false, evidence: refresh?.evidence ?? "no refresh was played")
  }
}

extension RefreshReport {
  /// In one sentence: the error before, after, and under the attack that does most.
  fileprivate var evidence: String {
    let figure = { (value: Double) in String(format: "%.3f", value) }
    let honest = rows.filter { $0.liars == 0 && $0.noised }.map(\.mae).max()
    let worst = rows.filter { $0.liars > 0 }.max { $0.mae < $1.mae }
    let broken = rows.filter { !$0.holds }.map { $0.noised ? $0.attack : "\($0.attack), no noise" }
    return
      "mean absolute error \(figure(maeBefore)) before and \(honest.map(figure) ?? "unknown") after \(rounds) rounds"
      + (worst.map { "; \(figure($0.mae)) where \($0.liars) of \(devices) lie in the worst way, \($0.attack)" }
        ?? "; nobody lied") + "; the mean of \(draws) draws"
      + (broken.isEmpty ? "" : "; it does not hold under: \(broken.joined(separator: "; "))")
  }
}
