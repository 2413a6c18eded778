import TacetPrivacy

extension NoiseReport {
  /// The report for a terminal: the verdict, then what it rests on.
  package var text: String {
    var lines = ["verdict: \(verdict.rawValue)"]
    lines += reasons.map { "  \($0)" }
    lines.append(subject.text)
    lines.append(
      "\(Numeral.grouped(trials)) trials of each world of each attack; false-alarm rate: at most "
        + Numeral.short(falseAlarmRate) + "; noise tables: \(tables)")
    lines += table(
      "μ: what the policy allows an attack; what was found, with its interval of 95 %; what would have been found",
      [.right(16), .right(8), .right(8), .left(19), .right(8)], attacks.map(\.muRow))
    lines += table(
      "ε at δ = \(Numeral.short(subject.delta)): what the policy allows; what a threshold alone shows",
      [.right(8), .right(8)], attacks.map(\.epsilonRow))
    lines += table(
      "noise: variance over the claimed one, in all and least; largest correlation within a run, and with the run before; "
        + "numbers equal to it, and at most expected",
      [.right(8), .right(8), .right(8), .right(8), .right(12), .right(12)], attacks.map(\.noiseRow))
    return lines.joined(separator: "\n")
  }

  private var tables: String {
    Set(attacks.map(\.precision)).sorted().map { "\($0)-bit" }.joined(separator: ", ")
  }

  private func table(_ title: String, _ columns: [TextGrid.Column], _ rows: [[String]]) -> [String] {
    let named = zip(attacks, rows).map { [Self.title(of: $0, among: attacks)] + $1 }
    return [title + ":"] + TextGrid(columns: [.left(32)] + columns, rows: named).lines
  }
}

extension NoiseReport.Subject {
  fileprivate var text: String {
    let noise = "σ = \(Numeral.short(deviation)), so μ = \(Numeral.short(mu))"
    switch unit {
    case .anyInput:
      return "unit any-input: two inputs differ by at most 2R = \(sensitivity); \(noise); "
        + "releases of \(Numeral.grouped(dimension)) numbers"
    case .contribution:
      let windows = "\(Numeral.grouped(auditedSteps ?? 0)) of \(Numeral.grouped(steps ?? 0)) steps"
      return "unit contribution: one individual moves a window by at most Δ = \(sensitivity); \(noise); "
        + "windows of \(windows), \(Numeral.grouped(dimension)) numbers each"
    }
  }
}

extension NoiseReport.Attack {
  fileprivate var muRow: [String] {
    [
      group == 1 ? "" : "group of \(Numeral.grouped(group))", Numeral.fixed(claim, 4), Numeral.fixed(mu.estimate, 4),
      "(\(Numeral.fixed(mu.low, 4)) – \(Numeral.fixed(mu.high, 4)))", Numeral.fixed(mu.detectable, 4),
    ]
  }

  fileprivate var epsilonRow: [String] { [Numeral.fixed(epsilon.claim, 4), Numeral.fixed(epsilon.bound, 4)] }

  fileprivate var noiseRow: [String] {
    [
      Numeral.fixed(noise?.varianceRatio, 4), Numeral.fixed(noise?.leastVarianceRatio, 4),
      Numeral.fixed(noise?.correlation, 4), Numeral.fixed(noise?.serialCorrelation, 4),
      Numeral.whole((noise?.ties).map(Double.init)), Numeral.whole(noise?.tiesExpected),
    ]
  }
}
