/// The class whose median latency is nearest.
struct LatencyClassifier: LeakClassifier {
  static let name = "latency"
  private let values: [Double]
  private let medians: [Double?]

  init?(_ table: LeakTable, training: ArraySlice<Int>) {
    let latency = LeakFeature(place: .own, quantity: .latency)
    guard let column = table.columns.first(where: { $0.feature == latency }) else { return nil }
    var latencies = [[Double]](repeating: [], count: table.classes.count)
    for row in training { latencies[Int(table.labels[row])].append(column.values[row]) }
    values = column.values
    medians = latencies.map { $0.isEmpty ? nil : $0.sorted()[$0.count / 2] }
  }

  func guess(_ row: Int) -> Int {
    Self.best(medians.map { $0.map { -abs($0 - values[row]) } ?? -.infinity })
  }
}
