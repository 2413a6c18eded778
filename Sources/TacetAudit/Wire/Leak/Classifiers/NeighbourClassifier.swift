/// The class that most of the nearest exchanges have; near by ranks of the features of the exchange itself and of the one after.
struct NeighbourClassifier: LeakClassifier {
  static let name = "nearest neighbours"
  /// How many neighbours are asked.
  private static let neighbours = 15
  /// It remembers the last so many exchanges.
  private static let memory = 3000

  private let columns: [[Float]]
  private let classes: Int
  /// The coordinates of the remembered exchanges one after the other, and their classes.
  private let points: [Float]
  private let labels: [UInt8]

  init?(_ table: LeakTable, training: ArraySlice<Int>) {
    columns = table.columns.filter { $0.feature.place != .previous }.map(\.ranks)
    guard !columns.isEmpty else { return nil }
    classes = table.classes.count
    let remembered = training.suffix(Self.memory)
    points = remembered.flatMap { [columns] row in columns.map { $0[row] } }
    labels = remembered.map { table.labels[$0] }
  }

  func guess(_ row: Int) -> Int {
    let place = columns.map { $0[row] }
    var near = [Float](repeating: .infinity, count: Self.neighbours)
    var nearLabels = [Int](repeating: 0, count: Self.neighbours)
    Self.eachDistance(from: place, to: points) { index, distance in
      guard distance < near[Self.neighbours - 1] else { return }
      var slot = Self.neighbours - 1
      while slot > 0, near[slot - 1] > distance {
        near[slot] = near[slot - 1]
        nearLabels[slot] = nearLabels[slot - 1]
        slot -= 1
      }
      near[slot] = distance
      nearLabels[slot] = Int(labels[index])
    }
    var votes = [Int](repeating: 0, count: classes)
    for (distance, label) in zip(near, nearLabels) where distance < .infinity { votes[label] += 1 }
    return Self.best(votes)
  }

  /// Squared distances of `place` to all points.
  private static func eachDistance(from place: [Float], to points: [Float], _ body: (Int, Float) -> Void) {
    let width = place.count
    place.withUnsafeBufferPointer { place in
      points.withUnsafeBufferPointer { points in
        var start = 0
        for index in 0..<points.count / width {
          var sum: Float = 0
          var axis = 0
          while axis < width {
            let difference = place[axis] - points[start &+ axis]
            sum += difference * difference
            axis &+= 1
          }
          start &+= width
          body(index, sum)
        }
      }
    }
  }
}
