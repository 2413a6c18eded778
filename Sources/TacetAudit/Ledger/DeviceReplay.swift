import TacetPrivacy

/// What the entries say of one device.
struct DeviceReplay {
  enum Verdict {
    case within
    case over
    case noBudget
  }

  private(set) var terms: LedgerEntry.BudgetTerms?
  private(set) var windowStart: UInt64 = 0
  /// μ² of the current window in units of 2^-40, saturating.
  private(set) var spent: UInt64 = 0
  private(set) var charges: UInt64 = 0
  private var history: [(time: UInt64, cost: UInt64)] = []

  /// What the last charge cost; 0 when there was none.
  var lastCost: UInt64 { history.last?.cost ?? 0 }

  /// The row of the ledger's index that follows.
  var row: DeviceRow? {
    terms.map {
      DeviceRow(
        limit: $0.limit, windowSeconds: $0.windowSeconds, windowStart: windowStart, spent: spent, charges: charges)
    }
  }

  /// Puts a budget in force: what was charged since the start of its window counts.
  mutating func begin(_ terms: LedgerEntry.BudgetTerms, at time: UInt64) {
    self.terms = terms
    windowStart = Self.start(of: time, terms)
    // Times do not decrease along the history, so the charges of the window are its end.
    spent = history.reversed().prefix { $0.time >= windowStart }.reduce(0) { Self.add($0, $1.cost) }
  }

  /// Adds a charge and compares.
  mutating func charge(_ cost: UInt64, at time: UInt64) -> Verdict {
    history.append((time, cost))
    charges += 1
    guard let terms else { return .noBudget }
    let start = Self.start(of: time, terms)
    if start > windowStart {
      windowStart = start
      spent = 0
    }
    spent = Self.add(spent, cost)
    // A saturated sum is unknown, so it is above any limit.
    return spent <= terms.limit && spent != .max ? .within : .over
  }

  private static func start(of time: UInt64, _ terms: LedgerEntry.BudgetTerms) -> UInt64 {
    terms.windowSeconds == 0 ? 0 : time / terms.windowSeconds * terms.windowSeconds
  }

  private static func add(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}
