import Foundation

extension LeakReport {
  /// The report for a terminal: the verdict, then what it rests on.
  package var text: String {
    var lines = ["verdict: \(verdict.rawValue)"]
    lines += reasons.map { "  \(Printable.text($0))" }
    lines.append(
      "false-alarm rate: at most \(Self.brief(falseAlarmRate)) for \(Numeral.grouped(tests)) tests "
        + "(not judged to hold though nothing leaks: at most \(Self.brief(falseFailureRate)))")
    let counts = classes.map { "\(Printable.text($0.name)) \(Numeral.grouped($0.exchanges))" }
    lines.append("exchanges: \(counts.joined(separator: ", ")); compared: \(Numeral.grouped(perClass)) of each")
    lines.append("record sizes: requests \(Self.text(requestSizes)); replies \(Self.text(replySizes))")
    guard tests > 0 else { return lines.joined(separator: "\n") }
    lines += accuracyLines + informationLines + distributionLines + meanLines
    lines.append(
      "would have been found: \(Numeral.figure(detectable.advantage * 100)) points above chance, "
        + "a distance of \(Numeral.figure(detectable.distance)), a shift of the latency by "
        + "\(Numeral.figure(detectable.latencyShift * 1e6)) µs")
    return lines.joined(separator: "\n")
  }

  private var accuracyLines: [String] {
    let rows = classifiers.map { result in
      [
        result.classifier, Self.share(result.accuracy), "\(Self.share(result.low)) – \(Self.share(result.high))",
        "p \(Self.brief(result.pValue))",
      ]
    }
    let title =
      "accuracy (chance \(Self.share(chance)); a leak from \(Self.share(thresholds.accuracy)), "
      + "too few where the interval passes \(Self.share(thresholds.accuracyBound)))"
    return Self.table(title, rows, columns: [.left(24), .right(9), .right(21), .right(12)])
  }

  private var informationLines: [String] {
    let rows = Self.first(information.sorted { ($0.pValue, $1.bits) < ($1.pValue, $0.bits) }).map { result in
      [
        result.feature, "\(Numeral.fixed(result.bits, 4)) bit", "limit \(Numeral.fixed(result.limit, 4))",
        "p \(Self.brief(result.pValue))",
      ]
    }
    return Self.table("mutual information", rows, columns: [.left(28), .right(11), .right(14), .right(12)])
  }

  private var distributionLines: [String] {
    let rows = Self.first(distributions.sorted { $0.pValue < $1.pValue }).map { result in
      [
        result.feature, "\(Numeral.fixed(result.distance, 4))", "p \(Self.brief(result.pValue))",
        "\(result.first) / \(result.second)",
      ]
    }
    let title = "Kolmogorov–Smirnov (a leak from p \(Self.brief(thresholds.distributionPValue)) down)"
    return Self.table(title, rows, columns: [.left(28), .right(8), .right(12), .left(50)])
  }

  private var meanLines: [String] {
    let rows = Self.first(means.sorted { abs($0.t) > abs($1.t) }).map { result in
      [
        result.feature, "t \(Numeral.fixed(result.t, 2))", "smallest \(Self.share(result.kept))",
        "\(result.first) / \(result.second)",
      ]
    }
    let title = "Welch's t (a leak from |t| \(Numeral.fixed(thresholds.t, 2)) up)"
    return Self.table(title, rows, columns: [.left(28), .right(12), .right(17), .left(50)])
  }

  /// The most telling of each kind.
  private static func first<Row>(_ rows: [Row]) -> ArraySlice<Row> { rows.prefix(5) }

  private static func table(_ title: String, _ rows: [[String]], columns: [TextGrid.Column]) -> [String] {
    rows.isEmpty ? [] : ["\(title):"] + TextGrid(columns: columns, rows: rows).lines
  }

  /// Of a probability, two digits.
  private static func brief(_ value: Double) -> String { String(format: "%.2g", value) }

  private static func share(_ value: Double) -> String { "\(Numeral.fixed(value * 100, 2)) %" }

  static func text(_ sizes: [Signature]) -> String {
    let shown = sizes.prefix(4).map { found in
      let records = found.sizes.map(String.init).joined(separator: "+")
      return "\(records.isEmpty ? "none" : records) (\(Numeral.grouped(found.exchanges)))"
    }
    let rest = sizes.count > shown.count ? ["\(sizes.count - shown.count) more"] : []
    return sizes.isEmpty ? "none" : (shown + rest).joined(separator: ", ")
  }
}
