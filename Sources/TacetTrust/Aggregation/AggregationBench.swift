import Dispatch

/// What there is to measure of the rules, on random vectors in memory.
package struct AggregationBench: Sendable {
  private let rows: [[Float]]
  private let n: Int
  private let d: Int
  private let threads: Int

  /// A fifth of the vectors may be lies.
  private var byzantine: Int { n / 5 }

  /// - Parameter threads: 1 or more.
  package init(n: Int, d: Int, threads: Int) {
    (self.n, self.d, self.threads) = (n, d, threads)
    var state: UInt64 = 1
    rows = (0..<n).map { _ in
      (0..<d).map { _ in
        // A linear congruential generator: any numbers will do.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
      }
    }
  }

  /// Each rule's fastest time, with rows before them for reading alone and, where both are asked for, for both middles from one sort.
  package func fastest(
    of names: [AggregationRule.Name], mixing: Bool, rounds: Int
  ) throws -> [(name: String, elapsed: Duration)] {
    var work: [(name: String, body: () throws -> Void)] = [("read", { readOnce() })]
    if !mixing, names.contains(.median), names.contains(.trimmedMean) {
      work.append(("trimmed-mean and median", { _ = try pass.middles(trim: byzantine) }))
    }
    for name in names {
      let aggregator = try Aggregator(rule: rule(name), mixing: mixing ? byzantine : nil)
      work.append((name.rawValue, { _ = try aggregator.aggregate(Vectors(rows), threads: threads) }))
    }
    var best = work.map { ($0.name, elapsed: Duration.seconds(Int64.max)) }
    for _ in 0..<rounds {
      for (index, item) in work.enumerated() {
        let start = ContinuousClock.now
        try item.body()
        best[index].elapsed = min(best[index].elapsed, ContinuousClock.now - start)
      }
    }
    return best.map { ($0.0, $0.elapsed) }
  }

  /// Looks at every number, row after row: what memory allows.
  private func readOnce() {
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      for row in stride(from: thread, to: n, by: threads) {
        _ = rows[row].withUnsafeBytes { OrderKernel.best.copy($0, fetching: false, to: nil) }
      }
    }
  }

  private var pass: ColumnPass {
    ColumnPass(rows: Vectors(rows).rows, length: d, threads: threads, kernel: OrderKernel.best)
  }

  private func rule(_ name: AggregationRule.Name) -> AggregationRule {
    // As many steps, and as much smoothing, as ByzFL's usual ones.
    if name == .geometricMedian { return .geometricMedian(smoothing: 0.1, iterations: 3) }
    // About the distance of such vectors.
    return .usual(name, byzantine: byzantine, radius: 0.5 * Double(d).squareRoot())
  }
}
