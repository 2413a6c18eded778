extension ColumnPass {
  /// What a rule makes of the vectors, which must be as many as it needs.
  func aggregate(_ rule: AggregationRule) throws(Lies) -> [Float] {
    switch rule {
    case .mean: try average(counts(at: rows.indices))
    case .median: try middle(trim: 0, isMedian: true)
    case .trimmedMean(let trim): try middle(trim: trim, isMedian: false)
    case .krum(let byzantine): try best(1, byzantine: byzantine)
    case .multiKrum(let byzantine, let selected):
      try best(selected ?? rows.count - byzantine, byzantine: byzantine)
    case .geometricMedian(let smoothing, let iterations):
      try fixedPoint(iterations: iterations, remembers: false) { squares in
        let weights = squares.map { 1 / max(smoothing, $0.squareRoot()) }
        let sum = weights.reduce(0, +)
        return (weights.map { $0 / sum }, own: 0)
      }
    case .centredClipping(let radius, let iterations):
      try fixedPoint(iterations: iterations, remembers: true) { squares in
        let weights = squares.map { min(1, radius / $0.squareRoot()) / Double(squares.count) }
        return (weights, own: 1 - weights.reduce(0, +))
      }
    }
  }

  private func middle(trim: Int, isMedian: Bool) throws(Lies) -> [Float] {
    try vector { values throws(Lies) in
      try forEach { block in
        block.middle(trim: trim, mean: !isMedian, median: isMedian)
        values.set(block.places, to: isMedian ? block.median : block.mean)
      }
    }
  }

  /// The trimmed mean and the median at once: one sort is enough for both.
  func middles(trim: Int) throws(Lies) -> (mean: [Float], median: [Float]) {
    var medians: [Float] = []
    let means = try vector { means throws(Lies) in
      medians = try vector { medians throws(Lies) in
        try forEach { block in
          block.middle(trim: trim, mean: true, median: true)
          means.set(block.places, to: block.mean)
          medians.set(block.places, to: block.median)
        }
      }
    }
    return (means, medians)
  }

  /// A vector of which `fill` sets every number.
  func vector(_ fill: (Columns<Float>) throws(Lies) -> Void) throws(Lies) -> [Float] {
    var outcome = Result<Void, Lies>.success(())
    let values = [Float](unsafeUninitializedCapacity: length) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      do throws(Lies) {
        try fill(Columns(start: start))
        count = length
      } catch {
        outcome = .failure(error)
      }
    }
    try outcome.get()
    return values
  }

  /// The mean of rows, each counted so often.
  private func average(_ counts: [Double]) throws(Lies) -> [Float] {
    var chosen = self
    chosen.mixture = nil
    chosen.rows = zip(rows, counts).filter { $0.1 > 0 }.map(\.0)
    let weights = counts.filter { $0 > 0 }
    let count = weights.reduce(0, +)
    return try vector { values throws(Lies) in
      try chosen.forEach { block in
        block.combine(weights)
        for (offset, place) in block.places.enumerated() { values.start[place] = Float(block.z[offset] / count) }
      }
    }
  }

  /// How often each row is in the mixtures at some places; where nothing is mixed, the rows at these places themselves.
  private func counts(at places: some Sequence<Int>) -> [Double] {
    var counts = [Double](repeating: 0, count: rows.count)
    for place in places {
      guard let mixture else {
        counts[place] += 1
        continue
      }
      for row in rows.indices { counts[row] += mixture.chosen[place * rows.count + row] }
    }
    return counts
  }

  /// The mean of the vectors with the best Krum scores.
  private func best(_ selected: Int, byzantine: Int) throws(Lies) -> [Float] {
    try average(counts(at: try PairDistances(self).ranking(byzantine: byzantine).prefix(selected)))
  }
}
