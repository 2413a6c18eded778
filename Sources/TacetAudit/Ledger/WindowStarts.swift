import TacetPrivacy

/// Where the windows of a log's budgets begin, by device, known before the log is replayed: a budget counts what was charged
/// since the start of its window, and a replay that keeps no history must know then what it will be asked.
struct WindowStarts {
  private var starts: [String: Set<UInt64>] = [:]

  /// Takes the next leaves, a line each: only budgets are read, all else is passed over.
  mutating func add(_ bundle: [UInt8]) {
    var start = 0
    while let found = LeafBundle.nextLine(startingWith: LedgerEntry.budgetStart, in: bundle, from: start) {
      let end = LeafBundle.endOfLine(in: bundle, from: found) ?? bundle.count
      add(bundle[found..<end])
      start = min(end + 1, bundle.count)
    }
  }

  private mutating func add(_ leaf: ArraySlice<UInt8>) {
    guard let entry = LedgerEntry(canonicalBytes: leaf), case .budget(let terms) = entry.content,
      terms.windowSeconds > 0
    else { return }
    starts[entry.device, default: []].insert(entry.time / terms.windowSeconds * terms.windowSeconds)
  }

  /// The replay of a device that begins.
  func replay(of device: String) -> DeviceReplay {
    DeviceReplay(windowStarts: starts[device, default: []].sorted())
  }
}
