/// The rows that are compared: equally many exchanges of each class, in random order.
struct LeakTable: Sendable {
  /// Names of the classes; a row's label is an index into them.
  let classes: [String]
  /// Rows of each class.
  let perClass: Int
  let labels: [UInt8]
  /// The features that are not the same in all rows.
  let columns: [LeakColumn]
  /// For each row a number for the sequence of its record sizes, and for this with those of the exchanges around it.
  let signatures: [Int]
  let widerSignatures: [Int]
  /// Rows for those tests that want each label drawn by itself: see ``sample(_:_:_:)``.
  let sample: [Int]
  /// An upper bound of the probability that the sample is not what it should be.
  let samplingFailure: Double

  /// The most classes there may be.
  static let mostClasses = 64

  /// - Parameters:
  ///   - strata: for each connection and class, indices of exchanges. Equally many of each class are taken from a connection, so that
  ///     a class is not told by its connection, which is no secret.
  ///   - failure: how improbable it has to be that the sample comes out skewed.
  init(
    _ exchanges: [WireExchange], classes: [String], strata: [[[Int]]], failure: Double,
    generator: inout LeakGenerator
  ) {
    var rows: [Row] = []
    for (stratum, members) in strata.enumerated() {
      let count = members.map(\.count).min() ?? 0
      for (label, indices) in members.enumerated() {
        rows += indices.shuffled(using: &generator).prefix(count)
          .map { Row(index: $0, label: UInt8(label), stratum: stratum) }
      }
    }
    rows.shuffle(using: &generator)
    self.classes = classes
    perClass = rows.count / max(1, classes.count)
    labels = rows.map(\.label)
    let least = 25 * classes.count
    columns = LeakFeature.all.compactMap { feature in
      LeakColumn(feature, rows.map { feature.value(at: $0.index, in: exchanges) }, leastPerBin: least)
    }
    var own: [[[Int]]: Int] = [:]
    var wider: [[[Int]]: Int] = [:]
    signatures = rows.map { Self.number(Self.sizes(around: $0.index, [.own], exchanges), &own) }
    widerSignatures = rows.map {
      Self.number(Self.sizes(around: $0.index, LeakFeature.Place.allCases, exchanges), &wider)
    }
    (sample, samplingFailure) = Self.sample(rows, strata.count, classes.count, failure, &generator)
  }

  private struct Row {
    let index: Int
    let label: UInt8
    let stratum: Int
  }

  /// The sample has its labels drawn one by one, each class with the same probability, and takes for each a row of that class and
  /// connection that was not taken yet. Where labels tell nothing about the rows, each is then independent of everything else, which
  /// exactly equal numbers would not be: counts of right guesses are exactly binomial.
  private static func sample(
    _ rows: [Row], _ strata: Int, _ classes: Int, _ failure: Double, _ generator: inout LeakGenerator
  ) -> ([Int], Double) {
    var stock = [[[Int]]](repeating: Array(repeating: [], count: classes), count: strata)
    for (row, description) in rows.enumerated() { stock[description.stratum][Int(description.label)].append(row) }
    var sample: [Int] = []
    var failures = 0.0
    for var members in stock {
      let count = members.map(\.count).min() ?? 0
      // So many that no class is likely to be drawn more often than it has rows.
      let overdraw: (Int) -> Double = { Double(classes) * Tail.binomial(count + 1, of: $0, 1 / Double(classes)) }
      let size = Quantile.whole(0, count * classes) { overdraw($0 + 1) > failure / Double(strata) }
      for _ in 0..<size {
        if let row = members[Int.random(in: 0..<classes, using: &generator)].popLast() { sample.append(row) }
      }
      failures += overdraw(size)
    }
    return (sample.shuffled(using: &generator), failures)
  }

  private static func sizes(
    around index: Int, _ places: [LeakFeature.Place], _ exchanges: [WireExchange]
  ) -> [[Int]] {
    places.flatMap { place -> [[Int]] in
      guard let index = LeakFeature.place(place, of: index, in: exchanges) else { return [[-1], [-1]] }
      return [exchanges[index].request, exchanges[index].reply]
    }
  }

  private static func number(_ sizes: [[Int]], _ known: inout [[[Int]]: Int]) -> Int {
    if let number = known[sizes] { return number }
    known[sizes] = known.count
    return known.count - 1
  }
}
