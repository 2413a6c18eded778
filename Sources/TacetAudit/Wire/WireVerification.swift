package import TacetWire

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Judges what a capture shows of connections: that every message of a direction has the same records, that no reply comes before its
/// deadline, and, with labels, that nothing tells the hidden classes apart.
package struct WireVerification {
  private let capture: WireCapture
  private let labels: [Connection: [ExchangeLabel]]
  private let settings: WireSettings

  /// - Parameter labels: empty where there are none.
  package init(capture: WireCapture, labels: [ExchangeLabel], settings: WireSettings) {
    self.capture = capture
    self.labels = Dictionary(grouping: labels) { Connection(client: $0.client, server: $0.server) }
    self.settings = settings
  }

  /// The verdict, and what it rests on.
  package func report() -> WireReport {
    var report = WireReport()
    report.packets = capture.packets
    report.isLabelled = !labels.isEmpty
    report.judgesDeadlines = settings.expectation.deadline != nil
    let read = flows().map { flow in
      (flow: flow, found: FlowExchanges(flow, labels: labels(of: flow), expectation: settings.expectation))
    }
    report.flows = read.map { describe($0.flow, $0.found) }
    report.exchanges = report.flows.reduce(0) { $0 + $1.exchanges }
    judgeLooks(of: read, in: &report)
    if report.isLabelled { judgeClasses(of: read.map(\.found), in: &report) }
    let gaps = missing(in: read)
    report.reasons += gaps
    report.verdict = verdict(report, isIncomplete: !gaps.isEmpty)
    return report
  }

  // MARK: What is judged

  private func flows() -> [CapturedFlow] {
    let named = settings.servers.isEmpty ? Set(labels.keys.map(\.server)) : settings.servers
    return named.isEmpty ? capture.flows : capture.flows.filter { named.contains($0.server) }
  }

  private func labels(of flow: CapturedFlow) -> [ExchangeLabel] {
    labels[Connection(client: flow.client, server: flow.server)] ?? []
  }

  private struct Connection: Hashable {
    let client: String
    let server: String
  }

  private func describe(_ flow: CapturedFlow, _ found: FlowExchanges) -> WireReport.Flow {
    let exchanges = found.exchanges
    return WireReport.Flow(
      client: flow.client, server: flow.server, applicationProtocols: flow.applicationProtocols,
      exchanges: exchanges.count, requestPreamble: found.requestPreamble, replyPreamble: found.replyPreamble,
      requestSizes: LeakReport.Signature.all(found.requestLooks),
      replySizes: LeakReport.Signature.all(found.replyLooks),
      requestIntervals: Self.intervals(found.requestTimes), replyIntervals: Self.intervals(found.replyTimes),
      latency: WireReport.Spread(exchanges.map { $0.latency * 1e3 }), slotDeviation: slotDeviation(found.requestTimes),
      earlyReplies: early(exchanges), problems: flow.gaps + found.problems + found.violations)
  }

  private static func intervals(_ times: [Double]) -> WireReport.Spread? {
    WireReport.Spread(zip(times, times.dropFirst()).map { ($1 - $0) * 1e3 })
  }

  /// How far each departure is from the middle of all, on a circle of one slot.
  private func slotDeviation(_ times: [Double]) -> WireReport.Spread? {
    guard let slot = settings.expectation.slot, slot > 0, !times.isEmpty else { return nil }
    let angles = times.map { $0.truncatingRemainder(dividingBy: slot) / slot * 2 * .pi }
    let middle = atan2(angles.reduce(0) { $0 + sin($1) }, angles.reduce(0) { $0 + cos($1) })
    return WireReport.Spread(angles.map { abs(remainder($0 - middle, 2 * .pi)) / (2 * .pi) * slot * 1e3 })
  }

  private func early(_ exchanges: [WireExchange]) -> Int {
    guard let deadline = settings.expectation.deadline else { return 0 }
    return exchanges.count { $0.latency < deadline }
  }

  // MARK: Verdict

  private typealias Read = (flow: CapturedFlow, found: FlowExchanges)

  /// A direction has one sequence of record sizes, on all connections of one kind to a server; a connection's first exchange does not
  /// count where the protocol has a beginning of its own.
  private func judgeLooks(of read: [Read], in report: inout WireReport) {
    report.reasons += read.flatMap { read in
      read.found.violations.map { "\(read.flow.client) to \(read.flow.server): \($0)" }
    }
    let kinds = Dictionary(grouping: read) { [$0.flow.server] + ($0.flow.applicationProtocols ?? []) }
    for (_, read) in kinds.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let server = read.first?.flow.server ?? ""
      for (side, path) in [("requests", \FlowExchanges.requestLooks), ("replies", \FlowExchanges.replyLooks)] {
        let found = LeakReport.Signature.all(read.flatMap { $0.found[keyPath: path] })
        guard found.count > 1 else { continue }
        let place = side == "requests" ? "to" : "of"
        report.reasons.append("\(side) \(place) \(server) have \(found.count) different sequences of record sizes")
      }
      judgeBeginnings(of: read, at: server, in: &report)
      judgeLateness(of: read, at: server, in: &report)
    }
    let early = report.flows.reduce(0) { $0 + $1.earlyReplies }
    if early > 0 { report.reasons.append("\(early) of \(report.exchanges) replies left before the policy's deadline") }
    if !report.reasons.isEmpty { report.verdict = .leaks }
  }

  /// Links begin alike, or what should be a message could hide there. Numbers of records are fixed, sizes follow certificates and
  /// signatures.
  private func judgeBeginnings(of read: [Read], at server: String, in report: inout WireReport) {
    let links = read.filter { $0.flow.isLink && $0.flow.gaps.isEmpty }.map(\.found)
    let asking = links.filter { !$0.requestLooks.isEmpty }
    let answering = links.filter { !$0.replyLooks.isEmpty }
    let usual = FlowExchanges.linkBeginning
    for (side, usual, counts) in [
      ("client", usual.client, asking.map(\.requestPreamble.count)),
      ("server", usual.server, answering.map(\.replyPreamble.count)),
    ] where counts.contains(where: { $0 != usual }) {
      report.reasons.append("connections begin with \(Set(counts).sorted()) records of the \(side), not with \(usual)")
    }
    let flights = Self.range(answering.compactMap(\.replyPreamble.first))
    if flights > Self.certificateRange {
      report.reasons.append("the first encrypted records of \(server) differ by \(flights) bytes")
    }
    // A session ticket holds the client's certificate, and there are two.
    let tickets = answering.compactMap { found in
      found.requestPreamble.first.map { (found.replyPreamble.dropFirst().first ?? 0) - 2 * $0 }
    }
    if Self.range(tickets) > Self.ticketRange {
      report.reasons.append("the session tickets of \(server) do not follow its clients' certificates")
    }
  }

  private static func range(_ values: [Int]) -> Int { (values.max() ?? 0) - (values.min() ?? 0) }

  /// Two signatures in DER, of 68 to 72 bytes as a rule of 70 to 72, and a serial number may make so many bytes of difference.
  private static let certificateRange = 8
  /// Twice that, and twice the 16 bytes to which a ticket is filled up.
  private static let ticketRange = 48

  /// Without labels nothing but the policy says when a reply should have left. More than a tenth late are so by something else than the
  /// clock.
  private func judgeLateness(of read: [Read], at server: String, in report: inout WireReport) {
    guard !report.isLabelled, let late = late(in: read.map(\.found)), late.count * 10 > late.of else { return }
    report.reasons.append(Self.text(late, server))
  }

  /// Of fewer, down to a hundredth, nobody can tell whether a busy machine delayed them.
  private func delayed(in read: [Read]) -> [String] {
    guard labels.isEmpty else { return [] }
    let servers = Dictionary(grouping: read) { $0.flow.server }.sorted { $0.key < $1.key }
    return servers.compactMap { server, read in
      guard let late = late(in: read.map(\.found)), late.count * 10 <= late.of, late.count * 100 > late.of else {
        return nil
      }
      return Self.text(late, server) + ": is the machine too busy?"
    }
  }

  private func late(in found: [FlowExchanges]) -> (count: Int, of: Int, latest: Double)? {
    guard let latest = settings.expectation.latest else { return nil }
    let latencies = found.flatMap { $0.exchanges.map(\.latency) }
    let count = latencies.count { $0 > latest }
    return count > Self.fewLate ? (count, latencies.count, latest) : nil
  }

  private static func text(_ late: (count: Int, of: Int, latest: Double), _ server: String) -> String {
    "\(late.count) of \(late.of) replies of \(server) left more than \(Numeral.fixed(late.latest * 1e3, 1)) ms after "
      + "their request, later than the policy's deadline and jitter explain"
  }

  /// So many are never a reason.
  private static let fewLate = 10

  private func judgeClasses(of flows: [FlowExchanges], in report: inout WireReport) {
    var exchanges = flows.flatMap(\.exchanges)
    let aside = exchanges.compactMap(\.label).filter(settings.setAside.contains)
    report.setAside = Dictionary(aside.map { ($0, 1) }, uniquingKeysWith: +)
    let counts = Dictionary(exchanges.compactMap { $0.label.map { ($0, 1) } }, uniquingKeysWith: +)
      .filter { $0.key != ExchangeLabel.notCompared && !settings.setAside.contains($0.key) }
    let least = Double(counts.values.max() ?? 0) * settings.rarest
    report.rareClasses = counts.filter { Double($0.value) < least }
    for index in exchanges.indices where isOutside(exchanges[index].label, report.rareClasses) {
      exchanges[index].label = nil
    }
    // Where there is but one class there is nothing to tell apart.
    let parts = WireExchange.byClasses(exchanges).filter { $0.classes.count > 1 }
    report.loneClasses = counts.filter { name, _ in
      report.rareClasses[name] == nil && !parts.contains { $0.classes.contains(name) }
    }
    var strictness = settings.leaks
    // Judged above, over all of them.
    strictness.demandsOneSize = false
    strictness.alpha = strictness.alpha.map { $0 / Double(max(1, parts.count)) }
    report.leaks = parts.map { LeakAssessment(exchanges: $0.exchanges, settings: strictness).report() }
    report.falseAlarmRate = min(1, report.leaks.reduce(0) { $0 + $1.falseAlarmRate })
    for part in report.leaks { report.reasons += part.reasons }
    report.reasons += unjudged(report)
  }

  private func isOutside(_ label: String?, _ rare: [String: Int]) -> Bool {
    label.map { $0 == ExchangeLabel.notCompared || settings.setAside.contains($0) || rare[$0] != nil } ?? true
  }

  /// Classes of which the labels tell, and no test could.
  private func unjudged(_ report: WireReport) -> [String] {
    var reasons: [String] = []
    for (classes, why) in [
      (report.rareClasses, "too rare to be compared"),
      (report.loneClasses, "on connections of their own, where there is nothing to compare them with"),
    ] where !classes.isEmpty {
      let names = classes.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
      reasons.append("could not be judged, \(why): \(names)")
    }
    return reasons
  }

  private func missing(in read: [Read]) -> [String] {
    var reasons: [String] = []
    if capture.dropped > 0 { reasons.append("\(capture.dropped) packets were lost in capturing: use a larger buffer") }
    if capture.fragments > 0 { reasons.append("\(capture.fragments) packets are IP fragments, which are not read") }
    if capture.unread > 0 {
      reasons.append("\(capture.unread) packets are of a kind that is not read: another link layer, or a tunnel")
    }
    if capture.cut > 0 { reasons.append("\(capture.cut) packets were cut off: capture without a snapshot length") }
    if capture.untimed > 0 { reasons.append("\(capture.untimed) packets have no time") }
    if capture.unfollowed > 0 {
      reasons.append("there are more than \(WireCapture.mostFlows) connections: capture fewer ports")
    }
    for (flow, found) in read {
      reasons += (flow.gaps + found.problems).map { "\(flow.client) to \(flow.server): \($0)" }
    }
    if read.allSatisfy({ $0.found.exchanges.isEmpty }) { reasons.append("there is no exchange to judge") }
    for server in settings.servers.subtracting(read.map(\.flow.server)).sorted() {
      reasons.append("no connection to \(server) is in the capture: --server is HOST:PORT, as the capture has it")
    }
    return reasons + delayed(in: read) + missingLabels(in: read)
  }

  /// What the labels and the capture do not have in common.
  private func missingLabels(in read: [Read]) -> [String] {
    var reasons: [String] = []
    let servers = Dictionary(grouping: read) { $0.flow.server }
    for server in Set(labels.keys.map(\.server)).sorted() {
      let found = servers[server, default: []].map(\.found)
      let all = found.reduce(0) { $0 + $1.exchanges.count }
      let compared = all - found.reduce(0) { $0 + $1.unlabelled }
      if compared < all { reasons.append("the labels name \(compared) of \(all) exchanges of \(server)") }
      let outside = found.reduce(0) { $0 + $1.exchanges.count { $0.label == ExchangeLabel.notCompared } }
      if Double(outside) > Double(all) * settings.rarest {
        reasons.append("the labels leave \(outside) of \(all) exchanges of \(server) out of the comparison")
      }
      let aside = found.reduce(0) { $0 + $1.exchanges.count { $0.label.map(settings.setAside.contains) ?? false } }
      if Double(aside) > Double(all) * settings.mostSetAside {
        reasons.append("\(aside) of \(all) exchanges of \(server) are set aside, too many to be an accident")
      }
    }
    let unseen = Set(labels.keys).subtracting(read.map { Connection(client: $0.flow.client, server: $0.flow.server) })
    let counts = Dictionary(
      read.map { (Connection(client: $0.flow.client, server: $0.flow.server), 1) }, uniquingKeysWith: +)
    let twice = labels.keys.count { counts[$0, default: 0] > 1 }
    if twice > 0 { reasons.append("\(twice) addresses of the labels are those of several connections") }
    if !unseen.isEmpty { reasons.append("\(unseen.count) connections of the labels are not in the capture") }
    return reasons
  }

  private func verdict(_ report: WireReport, isIncomplete: Bool) -> WireReport.Verdict {
    let classes = report.leaks.map(\.verdict)
    if report.verdict == .leaks || classes.contains(.leaks) { return .leaks }
    if isIncomplete { return .incomplete }
    guard report.isLabelled else { return .holds }
    let isShort = classes.isEmpty || classes.contains(.tooFew)
    return isShort || !report.rareClasses.isEmpty || !report.loneClasses.isEmpty ? .tooFew : .holds
  }
}
