extension ColumnPass {
  /// What a rule makes of each row's squared distance to z: the next z is own · z + Σ weights · rows.
  typealias Weighing = (_ squares: [Double]) -> (weights: [Double], own: Double)

  /// z ← own · z + Σ weights · rows, again and again from the coordinate median. A block's new z and the distances to it are found
  /// while it is in the cache, so that the rows are read once for each iteration, and once before; copied only for that first time,
  /// where they lie in memory as they are needed.
  /// - Parameter remembers: whether `own` is ever anything but 0; otherwise no z is kept.
  func fixedPoint(iterations: Int, remembers: Bool, weigh: Weighing) throws(Lies) -> [Float] {
    let start: UnsafeMutablePointer<Double>? = remembers ? .allocate(capacity: length) : nil
    defer { start?.deallocate() }
    let z = start.map(Columns.init)
    var pass = self
    pass.mostColumns = Self.wide
    let squares = sum(
      try pass.reduce(from: noSquares) { squares, block in
        block.middle(median: true)
        block.beginAtMedian()
        z?.set(block.places, to: block.z)
        block.addDistances(to: &squares)
      })
    return try pass.inPlace { pass throws(Lies) in
      try pass.iterate(iterations, from: weigh(squares), z, weigh: weigh)
    }
  }

  private func iterate(
    _ iterations: Int, from first: (weights: [Double], own: Double), _ z: Columns<Double>?, weigh: Weighing
  ) throws(Lies) -> [Float] {
    var (weights, own) = first
    for _ in 1..<iterations {
      let parts = try reduce(from: noSquares) { [weights, own] squares, block in
        block.combine(weights, own: own, z, isLast: false)
        block.addDistances(to: &squares)
      }
      (weights, own) = weigh(sum(parts))
    }
    return try vector { values throws(Lies) in
      try forEach { [weights, own] block in
        block.combine(weights, own: own, z)
        for (offset, place) in block.places.enumerated() { values.start[place] = Float(block.z[offset]) }
      }
    }
  }

  /// Longer pieces of vectors that are not copied come faster. The same for those that are, so that sums have one order.
  private static let wide = 1024

  private var noSquares: [Double] { Array(repeating: 0, count: rows.count) }

  private func sum(_ parts: [[Double]]) -> [Double] {
    parts.dropFirst().reduce(into: parts.first ?? []) { sum, part in
      for index in sum.indices { sum[index] += part[index] }
    }
  }
}
