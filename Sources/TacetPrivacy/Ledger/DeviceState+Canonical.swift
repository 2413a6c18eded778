import TacetLog

extension DeviceState {
  /// The row of the index of devices: canonical JSON, keys sorted, what is not set left out.
  package var canonicalBytes: [UInt8] {
    var writer = CanonicalWriter()
    if let fallback { writer.string("by", FreeText.encode(fallback.by)) }
    writer.integer("charges", charges)
    if contributionCharges > 0 {
      writer.integer("contribution_charges", contributionCharges)
      writer.integer("contribution_spent", contributionSpent)
    }
    writer.integer("last_cost", lastCost)
    if let lifetime {
      writer.string("lifetime_delta", lifetime.delta.description)
      writer.string("lifetime_epsilon", lifetime.epsilon.description)
      writer.integer("lifetime_limit", lifetime.limit)
    }
    if let fallback {
      writer.string("reason", FreeText.encode(fallback.reason))
      writer.integer("since", fallback.since)
    }
    writer.integer("slack_narrow", slack.narrow)
    writer.integer("slack_tail", slack.tail)
    writer.integer("slack_wide", slack.wide)
    writer.integer("spent", spent)
    if let window {
      writer.integer("window", window.windowSeconds)
      writer.string("window_delta", window.delta.description)
      writer.string("window_epsilon", window.epsilon.description)
      writer.integer("window_limit", window.limit)
    }
    writer.integer("window_spent", windowSpent)
    writer.integer("window_start", windowStart)
    return writer.finished()
  }

  /// Reads a row; nil when it is not exactly what `canonicalBytes` writes.
  package init?(canonicalBytes bytes: [UInt8]) {
    var reader = CanonicalReader(bytes[...])
    let by = reader.isAt("by") ? reader.freeText("by") : nil
    guard let charges = reader.integer("charges") else { return nil }
    if reader.isAt("contribution_charges") {
      guard let count = reader.integer("contribution_charges"), let sum = reader.integer("contribution_spent") else {
        return nil
      }
      (contributionCharges, contributionSpent) = (count, sum)
    }
    guard let lastCost = reader.integer("last_cost") else { return nil }
    let lifetime = reader.isAt("lifetime_delta") ? reader.lifetimeTerms() : nil
    if let by {
      guard let reason = reader.freeText("reason"), let since = reader.integer("since") else { return nil }
      fallback = LedgerEntry.FallbackOrder(by: by, reason: reason, since: since)
    }
    guard let narrow = reader.integer("slack_narrow"), let tail = reader.integer("slack_tail"),
      let wide = reader.integer("slack_wide"), let spent = reader.integer("spent")
    else { return nil }
    let window = reader.isAt("window") ? reader.windowTerms() : nil
    guard let windowSpent = reader.integer("window_spent"), let windowStart = reader.integer("window_start"),
      reader.isFinished()
    else { return nil }
    (self.charges, self.lastCost, self.lifetime, self.window) = (charges, lastCost, lifetime, window)
    (self.spent, self.windowSpent, self.windowStart) = (spent, windowSpent, windowStart)
    slack = ImplementationSlack(narrow: narrow, wide: wide, tail: tail)
    // One state, one row.
    guard canonicalBytes == bytes else { return nil }
  }
}

extension CanonicalReader {
  fileprivate mutating func lifetimeTerms() -> LedgerEntry.BudgetTerms? {
    guard let delta = double("lifetime_delta"), let epsilon = double("lifetime_epsilon"),
      let limit = integer("lifetime_limit")
    else { return nil }
    return .init(epsilon: epsilon, delta: delta, limit: limit, windowSeconds: 0)
  }

  fileprivate mutating func windowTerms() -> LedgerEntry.BudgetTerms? {
    guard let seconds = integer("window"), let delta = double("window_delta"),
      let epsilon = double("window_epsilon"), let limit = integer("window_limit")
    else { return nil }
    return .init(epsilon: epsilon, delta: delta, limit: limit, windowSeconds: seconds)
  }
}
