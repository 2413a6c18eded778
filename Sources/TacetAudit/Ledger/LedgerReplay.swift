import TacetLog
import TacetPrivacy

/// The state that the entries lead to, computed one entry after the other, in memory that grows by 8 bytes a charge.
struct LedgerReplay {
  private(set) var findings: [LedgerFinding] = []
  /// How many charges there are before the entry that the ledger's index goes up to, and the wrapping sum of what stands for their
  /// rows under ``indexKey``: the same for the same rows in any order, and by chance (2⁻⁶⁴) only for others.
  private(set) var indexed: (count: UInt64, sum: UInt64) = (0, 0)
  let indexKey = ReleaseFingerprint()
  /// How many stream windows name nothing that their sensitivity could be computed from.
  private(set) var statedWindows: UInt64 = 0
  private let index: (any LedgerIndexReading)?
  private let indexEnd: UInt64
  private let windowStarts: WindowStarts
  private let fingerprint: ReleaseFingerprint
  private var releases: [UInt64] = []
  /// The time of the latest entry, in seconds since 1970.
  private(set) var time: UInt64 = 0
  private var nextPosition: Int64 = 0
  private var devices: [String: DeviceReplay] = [:]
  private var price: ChargePrice?

  /// - Parameters:
  ///   - fingerprint: that of the index, if there is one.
  ///   - indexEnd: the index of charges has those of the entries before this one.
  init(
    windowStarts: WindowStarts, fingerprint: ReleaseFingerprint, index: (any LedgerIndexReading)?, indexEnd: UInt64
  ) {
    self.windowStarts = windowStarts
    self.index = index
    self.indexEnd = indexEnd
    self.fingerprint = fingerprint
  }

  var deviceNames: [String] { devices.keys.sorted() }

  var summaries: [DeviceSummary] {
    devices.sorted { $0.key < $1.key }.compactMap { DeviceSummary(device: $0, state: $1.state) }
  }

  mutating func report(_ kind: LedgerFinding.Kind, at index: UInt64? = nil, _ message: String) {
    guard findings.count < LedgerVerifier.maximumFindingCount else { return }
    findings.append(LedgerFinding(kind: kind, index: index, message: message))
  }

  /// Takes the next leaf of the log.
  mutating func replay(_ leaf: ArraySlice<UInt8>, at position: Int64) {
    let index = UInt64(bitPattern: position)
    if position != nextPosition {
      report(.missingEntry, at: index, "the entry before it is \(nextPosition - 1)")
    }
    nextPosition = position &+ 1
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
      self[entry.device].order(
        .init(by: by, reason: reason, since: time))
    case .restore: restore(entry.device, at: index)
    }
  }

  /// Fingerprints that several releases have: releases charged twice, but for chance.
  mutating func takeRepeated() -> Set<UInt64> {
    releases.sort()
    defer { releases = [] }
    return Set(zip(releases, releases.dropFirst()).lazy.filter { $0 == $1 }.map(\.0))
  }

  /// Compares a row of the ledger's index of devices.
  mutating func check(_ row: [UInt8], of device: String) {
    if devices[device]?.state.canonicalBytes != row {
      report(.wrongSum, "what is kept for device \(device) does not follow from the entries")
    }
  }

  /// What the entries have said of a device so far.
  private subscript(device: String) -> DeviceReplay {
    get { devices[device] ?? windowStarts.replay(of: device) }
    _modify {
      let starts = windowStarts
      yield &devices[device, default: starts.replay(of: device)]
    }
  }

  private mutating func setBudget(_ terms: LedgerEntry.BudgetTerms, for device: String, at index: UInt64) {
    if !Self.isLimit(terms.limit, of: terms) {
      report(.wrongLimit, at: index, "the limit is not what its epsilon and delta allow")
    }
    self[device].begin(terms, at: time)
  }

  /// Whether a limit is what (ε, δ) allows, to the accountant's own accuracy: another version of it, or another mathematics
  /// library, may differ in the last units.
  private static func isLimit(_ limit: UInt64, of terms: LedgerEntry.BudgetTerms) -> Bool {
    guard let exact = try? GaussianAccountant.costLimit(epsilon: terms.epsilon, delta: terms.delta).units else {
      return false
    }
    let difference = limit > exact ? limit - exact : exact - limit
    return difference <= exact >> 30 + 1
  }

  private mutating func restore(_ device: String, at index: UInt64) {
    if devices[device]?.state.fallback == nil {
      report(.noFallback, at: index, "device \(device) was not sent to its student")
    }
    self[device].order(nil)
  }

  private mutating func charge(_ terms: LedgerEntry.ChargeTerms, to device: String, at index: UInt64) {
    note(terms, of: device, at: index)
    let price = price(of: terms)
    if terms.unit == .contribution, terms.extent.origin == nil { statedWindows += 1 }
    if !price.isDue {
      report(.wrongSensitivity, at: index, "the sensitivity is not that of the filter, passages and bound beside it")
    }
    // A false cost is not believed: the sums go on with the true one.
    if price.cost != terms.cost {
      report(.wrongCost, at: index, "the cost is not that of \(Self.words(terms.extent)) at scale \(terms.scale)")
    }
    let flaws = self[device].charge(
      terms, cost: price.cost, slack: price.slack, at: time)
    guard !flaws.isEmpty else { return }
    if flaws.contains(.inFallback) { report(.inFallback, at: index, "device \(device) had been sent to its student") }
    if flaws.contains(.noBudget) { report(.noBudget, at: index, "device \(device) has no budget in force") }
    if flaws.contains(.overBudget) { report(.overBudget, at: index, "device \(device) is above the budget in force") }
    if flaws.contains(.imprecise) {
      report(.imprecise, at: index, "the 64-bit noise table takes more than its share of the budget's delta")
    }
  }

  private static func words(_ extent: LedgerEntry.Extent) -> String {
    switch extent {
    case .anyInput(let radius): "radius \(radius)"
    case .contribution(let sensitivity, let steps, _): "sensitivity \(sensitivity) over \(steps) steps"
    }
  }

  private mutating func note(_ terms: LedgerEntry.ChargeTerms, of device: String, at index: UInt64) {
    let release = fingerprint.of(terms.release, device: device)
    releases.append(release)
    guard let charges = self.index, index < indexEnd else { return }
    let charge = IndexedCharge(fingerprint: release, position: index, time: time, cost: terms.cost)
    indexed.count += 1
    indexed.sum &+= charges.digest(of: charge, by: indexKey)
  }

  private mutating func price(of terms: LedgerEntry.ChargeTerms) -> ChargePrice {
    if let price, price.applies(to: terms) { return price }
    let new = ChargePrice(of: terms)
    price = new
    return new
  }
}
