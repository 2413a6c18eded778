import TacetLog
import TacetPrivacy

/// The state that the entries lead to, computed one entry after the other.
struct LedgerReplay {
  private struct Release: Hashable {
    let device: String
    let identifier: String
  }

  private(set) var tree = MerkleTree()
  private(set) var findings: [LedgerFinding] = []
  private var time: UInt64 = 0
  private var nextPosition: Int64 = 0
  private var devices: [String: DeviceReplay] = [:]
  private var releases: [Release: ChargedRow] = [:]

  var deviceNames: [String] { devices.keys.sorted() }

  /// How many releases were charged in entries before this one.
  func chargeCount(before end: UInt64) -> UInt64 {
    UInt64(releases.values.count { $0.position < end })
  }

  var summaries: [DeviceSummary] {
    devices.sorted { $0.key < $1.key }.compactMap { DeviceSummary(device: $0, state: $1.state) }
  }

  mutating func report(_ kind: LedgerFinding.Kind, at index: UInt64? = nil, _ message: String) {
    guard findings.count < LedgerVerifier.maximumFindingCount else { return }
    findings.append(LedgerFinding(kind: kind, index: index, message: message))
  }

  /// Takes the next row of the log.
  mutating func replay(_ leaf: [UInt8], at position: Int64) {
    let index = UInt64(bitPattern: position)
    if position != nextPosition {
      report(.missingEntry, at: index, "the entry before it is \(nextPosition - 1)")
    }
    nextPosition = position &+ 1
    tree.append(leaf)
    guard let entry = LedgerEntry(canonicalBytes: leaf) else {
      report(.malformedEntry, at: index, "not the canonical encoding of an entry of a known kind")
      return
    }
    if entry.index != index {
      report(.wrongIndex, at: index, "it was written as entry \(entry.index)")
    }
    if entry.time < time {
      report(.timeReversed, at: index, "it is \(time - entry.time) s older than the entry before it")
    }
    time = max(time, entry.time)
    switch entry.content {
    case .budget(let terms): setBudget(terms, for: entry.device, at: index)
    case .charge(let terms): charge(terms, to: entry.device, at: index)
    case .fallback(let by, let reason):
      devices[entry.device, default: DeviceReplay()].order(.init(by: by, reason: reason, since: time))
    case .restore: restore(entry.device, at: index)
    }
  }

  private mutating func setBudget(_ terms: LedgerEntry.BudgetTerms, for device: String, at index: UInt64) {
    let limit = try? GaussianAccountant.costLimit(epsilon: terms.epsilon, delta: terms.delta)
    if limit?.units != terms.limit {
      report(.wrongLimit, at: index, "the limit is not what its epsilon and delta allow")
    }
    devices[device, default: DeviceReplay()].begin(terms, at: time)
  }

  private mutating func restore(_ device: String, at index: UInt64) {
    if devices[device]?.state.fallback == nil {
      report(.noFallback, at: index, "device \(device) was not sent to its student")
    }
    devices[device, default: DeviceReplay()].order(nil)
  }

  private mutating func charge(_ terms: LedgerEntry.ChargeTerms, to device: String, at index: UInt64) {
    let parameters = try? ReleaseParameters(radius: Int(clamping: terms.radius), scale: Int(clamping: terms.scale))
    // A false cost is not believed: the sums go on with the true one.
    let cost = parameters?.cost.units ?? .max
    if cost != terms.cost {
      report(.wrongCost, at: index, "the cost is not that of radius \(terms.radius) at scale \(terms.scale)")
    }
    let release = Release(device: device, identifier: terms.release)
    if let first = releases[release] {
      report(.duplicateRelease, at: index, "the release was charged before, in entry \(first.position)")
    } else {
      releases[release] = ChargedRow(
        device: device, release: terms.release, position: index, time: time, cost: terms.cost)
    }
    let flaws = devices[device, default: DeviceReplay()].charge(terms, cost: cost, at: time)
    if flaws.contains(.inFallback) { report(.inFallback, at: index, "device \(device) had been sent to its student") }
    if flaws.contains(.noBudget) { report(.noBudget, at: index, "device \(device) has no budget in force") }
    if flaws.contains(.overBudget) { report(.overBudget, at: index, "device \(device) is above the budget in force") }
    if flaws.contains(.imprecise) {
      report(.imprecise, at: index, "the 64-bit noise table takes more than its share of the budget's delta")
    }
  }

  /// Compares a row of the ledger's index of charges.
  mutating func check(_ row: ChargedRow) {
    if releases[Release(device: row.device, identifier: row.release)] != row {
      report(.wrongSum, at: row.position, "the index of charges does not follow from the entries")
    }
  }

  /// Compares a row of the ledger's index of devices.
  mutating func check(_ row: [UInt8], of device: String) {
    if devices[device]?.state.canonicalBytes != row {
      report(.wrongSum, "what is kept for device \(device) does not follow from the entries")
    }
  }
}
