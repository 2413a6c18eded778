/// Nearest-neighbour mixing: each vector is replaced by the mean of its nearest ones, itself included (Allouah, Farhadkhani,
/// Guerraoui, Gupta, Pinot & Stephan 2023, "Fixing by Mixing").
struct Mixture: Sendable {
  /// Row i has a 1 at each vector that mixture i has, elsewhere 0.
  let chosen: [Double]
  /// How many each has.
  let count: Int

  /// - Parameter distances: of all pairs.
  init(_ distances: PairDistances, byzantine: Int) {
    count = distances.rows - byzantine
    var chosen = [Double](repeating: 0, count: distances.rows * distances.rows)
    for row in 0..<distances.rows {
      for neighbour in distances.nearest(to: row).prefix(count) { chosen[row * distances.rows + neighbour] = 1 }
    }
    self.chosen = chosen
  }
}
