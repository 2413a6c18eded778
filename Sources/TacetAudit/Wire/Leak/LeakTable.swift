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
    var rows: [(index: Int, label: UInt8)] = []
    for members in strata {
      let count = members.map(\.count).min() ?? 0
      for (label, indices) in members.enumerated() {
        rows += indices.shuffled(using: &generator).prefix(count).map { ($0, UInt8(label)) }
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
    (sample, samplingFailure) = Self.sample(labels, classes.count, perClass, failure, &generator)
  }

  /// The sample has its labels drawn one by one, each class with the same probability, and takes for each a row of that class that
  /// was not taken yet. Where labels tell nothing about the rows, each is then independent of everything else, which exactly
  /// equal numbers would not be: counts of right guesses are exactly binomial.
  private static func sample(
    _ labels: [UInt8], _ classes: Int, _ perClass: Int, _ failure: Double, _ generator: inout LeakGenerator
  ) -> ([Int], Double) {
    // So many that no class is likely to be drawn more often than it has rows.
    let overdraw: (Int) -> Double = { Double(classes) * Tail.binomial(perClass + 1, of: $0, 1 / Double(classes)) }
    let size = Quantile.whole(0, labels.count) { overdraw($0 + 1) > failure }
    var stock = [[Int]](repeating: [], count: classes)
    for (row, label) in labels.enumerated() { stock[Int(label)].append(row) }
    let drawn = (0..<size).compactMap { _ in stock[Int.random(in: 0..<classes, using: &generator)].popLast() }
    return (drawn, overdraw(size))
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
