import Foundation

/// Looks for anything in what an observer sees of exchanges that tells their hidden classes apart.
///
/// The exchanges of a connection follow each other in the order of their departure, one connection after the other; the first of each has
/// no ``WireExchange/requestGap``. Those without a label are not judged, but are there before and after others.
///
/// Every false-alarm probability rests on one thing: on each connection the classes were sent in random order. Then, if the wire leaks
/// nothing, every assignment of the labels to the exchanges of a connection is equally probable, whatever the wire, the clock and the
/// machine did meanwhile. Equally many exchanges of each class are taken from a connection; one that lacks a class has none to give
/// (``WireExchange/byClasses(_:)`` sorts connections by the classes they have).
package struct LeakAssessment: Sendable {
  private let exchanges: [WireExchange]
  private let settings: LeakSettings
  /// For each connection and class, indices of exchanges.
  private let connections: [[String: [Int]]]

  package init(exchanges: [WireExchange], settings: LeakSettings = LeakSettings()) {
    self.exchanges = exchanges
    self.settings = settings
    var connections: [[String: [Int]]] = []
    var members: [String: [Int]] = [:]
    for (index, exchange) in exchanges.enumerated() {
      if exchange.requestGap == nil {
        connections.append(members)
        members = [:]
      }
      if let label = exchange.label { members[label, default: []].append(index) }
    }
    self.connections = (connections + [members]).filter { !$0.isEmpty }
  }

  /// Makes all tests; takes seconds for 100,000 exchanges.
  package func report() -> LeakReport {
    let classes = Set(connections.flatMap(\.keys)).sorted()
    let strata = connections.map { members in classes.map { members[$0] ?? [] } }
    var report = LeakReport()
    report.classes = classes.enumerated().map { label, name in
      LeakReport.ClassCount(name: name, exchanges: strata.reduce(0) { $0 + $1[label].count })
    }
    report.perClass = strata.reduce(0) { $0 + ($1.map(\.count).min() ?? 0) }
    report.requestSizes = signatures(\.request)
    report.replySizes = signatures(\.reply)
    let hasEnough = describeShortage(&report)
    if (2...LeakTable.mostClasses).contains(classes.count), report.perClass >= 8 {
      var generator = LeakGenerator(seed: settings.seed)
      let table = LeakTable(
        exchanges, classes: classes, strata: strata, failure: (settings.alpha ?? 0.01) / 100, generator: &generator)
      LeakTests(table: table, settings: settings).run(into: &report)
    }
    judgeSizes(&report)
    if report.verdict == .holds, !hasEnough { report.verdict = .tooFew }
    if !hasEnough { report.falseFailureRate = 1 }
    return report
  }

  /// - Returns: whether there are classes to tell apart, and enough of each.
  private func describeShortage(_ report: inout LeakReport) -> Bool {
    if report.classes.count < 2 {
      report.reasons.append("there are no two classes to tell apart")
      return false
    }
    if report.classes.count > LeakTable.mostClasses {
      report.reasons.append("there are more than \(LeakTable.mostClasses) classes")
      return false
    }
    guard report.perClass < settings.minimumPerClass else { return true }
    report.reasons.append(
      "\(report.perClass) exchanges of each class can be compared within connections, "
        + "\(settings.minimumPerClass) are the least")
    return false
  }

  /// The sequences of sizes in a direction, the most frequent first.
  private func signatures(_ direction: KeyPath<WireExchange, [Int]>) -> [LeakReport.Signature] {
    LeakReport.Signature.all(
      exchanges.lazy.filter { $0.label != nil && $0.requestGap != nil }.map { $0[keyPath: direction] })
  }

  /// A wire of one size never shows another: this is no matter of chance.
  private func judgeSizes(_ report: inout LeakReport) {
    guard settings.demandsOneSize else { return }
    for (direction, found) in [("requests", report.requestSizes), ("replies", report.replySizes)] where found.count > 1
    {
      report.verdict = .leaks
      report.reasons.append("\(direction) have \(found.count) different sequences of record sizes")
    }
  }
}
