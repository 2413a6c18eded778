import TacetLog

extension PrivacyLedger {
  /// The C2SP verifier key of the ledger's checkpoints.
  public var verifierKey: String { signer.verifier.description }

  /// What a device has spent; nil when no budget was ever set for it.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func summary(for device: String) async throws(LedgerError) -> DeviceSummary? {
    let now = currentTime()
    return try await read { tables in
      guard let head = try tables.head(), var state = try tables.devices([device])[device] else { return nil }
      state.roll(to: max(now, head.time))
      return DeviceSummary(device: device, state: state)
    }
  }

  /// What each device with a budget has spent, sorted by name.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func summaries() async throws(LedgerError) -> [DeviceSummary] {
    let now = currentTime()
    return try await read { tables in
      let time = max(now, try tables.head()?.time ?? 0)
      return try tables.allDevices().sorted { $0.key < $1.key }.compactMap { name, state in
        var state = state
        state.roll(to: time)
        return DeviceSummary(device: name, state: state)
      }
    }
  }

  /// The order that keeps a device silent; nil when there is none.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func fallback(of device: String) async throws(LedgerError) -> LedgerEntry.FallbackOrder? {
    try await read { try $0.devices([device])[device]?.fallback }
  }

  /// The last signed checkpoint, a C2SP signed note.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func checkpoint() async throws(LedgerError) -> String {
    let path = store.path
    return try await read { tables in
      guard let head = try tables.head() else { throw LedgerError.headless(path: path) }
      return head.checkpoint
    }
  }

  /// The leaf hashes of entries that there are, in their order.
  /// - Throws: `LedgerError.corrupt` when one is missing.
  func leafHashes(_ range: Range<UInt64>) async throws(LedgerError) -> [MerkleHash] {
    let path = store.path
    return try await read { tables in
      let leaves = try tables.leaves(from: range.lowerBound, count: range.count)
      guard leaves.map(\.position).elementsEqual(range) else {
        throw LedgerError.corrupt(path: path, reason: "entries are missing; run tacet ledger verify")
      }
      return leaves.map { MerkleHash(leaf: $0.leaf) }
    }
  }

  /// Entries in their order.
  /// - Parameters:
  ///   - start: the first index.
  ///   - count: how many at most.
  /// - Throws: `LedgerError.corrupt` when a row is not an entry of a known kind.
  public func entries(from start: UInt64 = 0, count: Int) async throws(LedgerError) -> [LedgerEntry] {
    let path = store.path
    return try await read { tables in
      try tables.leaves(from: start, count: count).map { position, leaf in
        guard let entry = LedgerEntry(canonicalBytes: leaf) else {
          throw LedgerError.corrupt(path: path, reason: "entry \(position) is not an entry of a known kind")
        }
        return entry
      }
    }
  }
}
