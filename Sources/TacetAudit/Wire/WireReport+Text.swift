extension WireReport {
  /// The report for a terminal: the verdict, then what it rests on.
  package var text: String {
    var lines = ["verdict: \(verdict.rawValue)"]
    lines += reasons.map { "  \(Printable.text($0))" }
    lines.append(
      "\(Numeral.grouped(exchanges)) exchanges on \(Numeral.grouped(flows.count)) connections, "
        + "\(Numeral.grouped(packets)) packets")
    if !setAside.isEmpty {
      let names = setAside.sorted { $0.key < $1.key }.map { "\(Printable.text($0.key)) (\($0.value))" }
      lines.append("set aside, judged for size and deadline alone: \(names.joined(separator: ", "))")
    }
    if !isLabelled { lines.append("no labels: sizes \(judgesDeadlines ? "and deadlines " : "")alone were judged") }
    lines += flows.prefix(Self.flowsShown).flatMap(\.lines)
    if flows.count > Self.flowsShown {
      lines.append("… and \(flows.count - Self.flowsShown) connections more; --format json has them all")
    }
    lines += leaks.map { "\n" + $0.text }
    return lines.joined(separator: "\n")
  }

  private static let flowsShown = 20
}

extension WireReport.Flow {
  fileprivate var lines: [String] {
    let name = applicationProtocols.map { $0.isEmpty ? "no ALPN" : $0.joined(separator: ", ") } ?? "unknown protocol"
    var lines = [
      "\(client) to \(server) (\(Printable.text(name))): \(Numeral.grouped(exchanges)) exchanges",
      "  requests \(LeakReport.text(requestSizes))\(every(requestIntervals))",
      "  replies  \(LeakReport.text(replySizes))\(every(replyIntervals))",
    ]
    if let latency { lines.append("  latency  \(latency.text) ms") }
    if let slotDeviation { lines.append("  off its slots \(slotDeviation.text) ms") }
    lines += problems.map { "  \(Printable.text($0))" }
    return lines
  }

  private func every(_ spread: WireReport.Spread?) -> String {
    spread.map { ", every \(Numeral.fixed($0.mean, 3)) ± \(Numeral.fixed($0.deviation, 3)) ms" } ?? ""
  }
}

extension WireReport.Spread {
  fileprivate var text: String {
    "mean \(Numeral.fixed(mean, 3)), deviation \(Numeral.fixed(deviation, 3)), least \(Numeral.fixed(least, 3)), "
      + "p99 \(Numeral.fixed(p99, 3)), most \(Numeral.fixed(most, 3))"
  }
}
