/// The rules as their definitions have them, one number after the other.
struct PlainRules {
  let rows: [[Double]]
  var length: Int { rows.first?.count ?? 0 }

  func combined(_ aggregator: Aggregator) -> [Double] {
    let rows = aggregator.mixing.map { mixed(for: $0) } ?? rows
    return PlainRules(rows: rows).combined(aggregator.rule)
  }

  private func combined(_ rule: AggregationRule) -> [Double] {
    switch rule {
    case .mean: byCoordinate { Self.mean($0) }
    case .median: median
    case .trimmedMean(let trim): byCoordinate { Self.mean(Array($0.sorted().dropFirst(trim).dropLast(trim))) }
    case .krum(let byzantine): rows[ranking(byzantine)[0]]
    case .multiKrum(let byzantine, let selected):
      PlainRules(rows: ranking(byzantine).prefix(selected ?? rows.count - byzantine).map { rows[$0] })
        .combined(.mean)
    case .geometricMedian(let smoothing, let iterations):
      (0..<iterations).reduce(median) { z, _ in
        let weights = rows.map { 1 / max(smoothing, Self.squaredDistance($0, z).squareRoot()) }
        let sum = weights.reduce(0, +)
        return z.indices.map { k in zip(rows, weights).reduce(0) { $0 + $1.0[k] * ($1.1 / sum) } }
      }
    case .centredClipping(let radius, let iterations):
      (0..<iterations).reduce(median) { v, _ in
        let factors = rows.map { min(1, radius / max(Self.squaredDistance($0, v).squareRoot(), .leastNormalMagnitude)) }
        return v.indices.map { k in
          v[k] + zip(rows, factors).reduce(0) { $0 + ($1.0[k] - v[k]) * $1.1 } / Double(rows.count)
        }
      }
    }
  }

  private func byCoordinate(_ body: ([Double]) -> Double) -> [Double] {
    (0..<length).map { k in body(rows.map { $0[k] }) }
  }

  private var median: [Double] {
    byCoordinate { column in
      let sorted = column.sorted()
      return (sorted[(column.count - 1) / 2] + sorted[column.count / 2]) / 2
    }
  }

  private static func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }

  private static func squaredDistance(_ x: [Double], _ y: [Double]) -> Double {
    zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  /// The vectors' places, best Krum score first.
  private func ranking(_ byzantine: Int) -> [Int] {
    let scores = rows.indices.map { i in
      rows.indices.filter { $0 != i }.map { Self.squaredDistance(rows[i], rows[$0]) }.sorted()
        .prefix(rows.count - byzantine - 1).reduce(0, +)
    }
    return rows.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
  }

  /// Each vector replaced by the mean of its n − byzantine nearest, itself included.
  private func mixed(for byzantine: Int) -> [[Double]] {
    rows.indices.map { i in
      let distances = rows.map { Self.squaredDistance(rows[i], $0) }
      let nearest = rows.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(rows.count - byzantine)
      return PlainRules(rows: nearest.map { rows[$0] }).combined(.mean)
    }
  }
}

extension Aggregator {
  func combined(_ rows: [any VectorRow], length: Int) -> Combination {
    var (values, lies): ([[Double]], [Int: Aggregate.Reason]) = ([], [:])
    for (place, row) in rows.enumerated() {
      let numbers = [Float](unsafeUninitializedCapacity: length) { buffer, count in
        if let start = buffer.baseAddress { lies[place] = row.copy(0..<length, to: start) }
        count = length
      }
      values.append(numbers.map(Double.init))
    }
    return lies.isEmpty ? .values(PlainRules(rows: values).combined(self).map { Float($0) }) : .lies(lies)
  }
}
