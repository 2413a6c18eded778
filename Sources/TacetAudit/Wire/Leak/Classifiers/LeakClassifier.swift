/// Guesses the class of an exchange from what an observer sees of it.
protocol LeakClassifier {
  /// For a reader.
  static var name: String { get }

  /// Learns from rows of the table.
  /// - Returns: nil when the table has nothing that this classifier looks at.
  init?(_ table: LeakTable, training: ArraySlice<Int>)

  /// The class of a row that it did not learn from; an index into the table's classes.
  func guess(_ row: Int) -> Int
}

extension LeakClassifier {
  /// Right guesses on rows of the table's sample. Each quarter but the first is guessed after learning from all rows before it, so
  /// that guesses are judged only by labels that had no part in them: without a leak, their number is exactly binomial. (In
  /// k-fold cross-validation each label judges one guess and shapes others, and the spread is larger.)
  static func validate(_ table: LeakTable) -> (correct: Int, tested: Int)? {
    let sample = table.sample
    let quarters = (0...4).map { $0 * sample.count / 4 }
    var correct = 0
    for (start, end) in zip(quarters, quarters.dropFirst()).dropFirst() {
      guard let classifier = Self(table, training: sample[..<start]) else { return nil }
      correct += sample[start..<end].count { classifier.guess($0) == Int(table.labels[$0]) }
    }
    return (correct, sample.count - quarters[1])
  }

  /// The class with the largest score, the first of equals.
  static func best(_ scores: some Sequence<some Comparable>) -> Int {
    // The first of equals: max(by:) takes the last.
    scores.enumerated().min { $0.element > $1.element }?.offset ?? 0
  }
}
