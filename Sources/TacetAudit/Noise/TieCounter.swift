/// Counts how often a number is the same in two trials that follow each other; no trial counts in two pairs.
struct TieCounter {
  private(set) var pairs = 0
  private(set) var ties = 0
  private var waiting: [Int16]?

  mutating func add(_ values: [Int16]) {
    guard let before = waiting else {
      waiting = values
      return
    }
    waiting = nil
    pairs += values.count
    for (one, other) in zip(before, values) where one == other { ties += 1 }
  }
}
