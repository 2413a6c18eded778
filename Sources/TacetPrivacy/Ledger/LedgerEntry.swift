/// One entry of the ledger, as its leaf records it. The leaf bytes are canonical JSON (see `canonicalBytes`).
public struct LedgerEntry: Hashable, Sendable {
  /// A budget that is in force for the device from here on, beside the one of the other kind (window or lifetime).
  public struct BudgetTerms: Hashable, Sendable {
    /// ε as it was given.
    public let epsilon: Double
    /// δ as it was given.
    public let delta: Double
    /// The bound on μ² in units of 2^-40 that (ε, δ) amounts to.
    public let limit: UInt64
    /// The window in seconds; 0 for a lifetime.
    public let windowSeconds: UInt64
  }

  /// One release, charged.
  public struct ChargeTerms: Hashable, Sendable {
    /// The release ID, unique for the device.
    public let release: String
    /// The clipping radius R in grid units.
    public let radius: UInt64
    /// The noise scale S in grid units.
    public let scale: UInt64
    /// How many numbers are released.
    public let dimension: UInt64
    /// The table that the noise is drawn from.
    public let precision: NoisePrecision
    /// μ² in units of 2^-40.
    public let cost: UInt64
  }

  /// An administrator's order that the device keeps silent.
  public struct FallbackOrder: Hashable, Sendable {
    /// Who gave it: a SPIFFE ID.
    public let by: String
    /// Why.
    public let reason: String
    /// When, in seconds since 1970 by the ledger's time.
    public let since: UInt64

    /// An order.
    package init(by: String, reason: String, since: UInt64) {
      self.by = by
      self.reason = reason
      self.since = since
    }
  }

  /// What the entry records. Kinds are never removed and never change their meaning; unknown ones are refused.
  public enum Content: Hashable, Sendable {
    /// `"kind":"budget"`.
    case budget(BudgetTerms)
    /// `"kind":"charge"`.
    case charge(ChargeTerms)
    /// `"kind":"fallback"`: no charges until a restore.
    case fallback(by: String, reason: String)
    /// `"kind":"restore"`.
    case restore(by: String)
  }

  /// The version of the entry format.
  public static let version: UInt64 = 1

  /// The position in the log, from 0.
  public let index: UInt64
  /// Seconds since 1970; never less than that of the entry before, whatever the clock said.
  public let time: UInt64
  /// The device.
  public let device: String
  /// What is recorded.
  public let content: Content
}
