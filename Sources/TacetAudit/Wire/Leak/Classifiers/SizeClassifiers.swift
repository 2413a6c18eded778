/// The class that had this sequence of record sizes most often.
struct SizeClassifier: LeakClassifier {
  static let name = "sizes"
  private let majority: [Int: Int]

  init?(_ table: LeakTable, training: ArraySlice<Int>) {
    majority = Self.majority(table.signatures, table, training)
    signatures = table.signatures
  }

  private let signatures: [Int]

  func guess(_ row: Int) -> Int { majority[signatures[row]] ?? 0 }

  /// For each signature the class that had it most often.
  static func majority(_ signatures: [Int], _ table: LeakTable, _ training: ArraySlice<Int>) -> [Int: Int] {
    var counts: [Int: [Int]] = [:]
    for row in training {
      counts[signatures[row], default: Array(repeating: 0, count: table.classes.count)][Int(table.labels[row])] += 1
    }
    return counts.mapValues { best($0) }
  }
}

/// The same for the sizes of the exchange with those of the exchanges before and after it.
struct WiderSizeClassifier: LeakClassifier {
  static let name = "sizes around it"
  private let majority: [Int: Int]
  private let signatures: [Int]

  init?(_ table: LeakTable, training: ArraySlice<Int>) {
    majority = SizeClassifier.majority(table.widerSignatures, table, training)
    signatures = table.widerSignatures
  }

  func guess(_ row: Int) -> Int { majority[signatures[row]] ?? 0 }
}
