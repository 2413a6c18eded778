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

  /// How far neighbours are apart, by the unit that is charged.
  public enum Extent: Hashable, Sendable {
    /// Any two inputs of a release that is clipped to radius R, in grid units: up to 2R.
    case anyInput(radius: UInt64)
    /// A stream window of so many steps with one individual and without: up to the sensitivity, in grid units, and what it follows
    /// from, where who charged said so.
    case contribution(sensitivity: UInt64, steps: UInt64, origin: StreamParameters.Origin? = nil)
  }

  /// One release, or one stream window, charged.
  public struct ChargeTerms: Hashable, Sendable {
    /// The release ID, unique for the device.
    public let release: String
    /// The unit, and what the charge covers of it.
    public let extent: Extent
    /// The noise scale S in grid units.
    public let scale: UInt64
    /// How many numbers a release has.
    public let dimension: UInt64
    /// The table that the noise is drawn from.
    public let precision: NoisePrecision
    /// μ² in units of 2^-40.
    public let cost: UInt64

    /// The privacy unit that it protects.
    public var unit: PrivacyUnit {
      switch extent {
      case .anyInput: .anyInput
      case .contribution: .contribution
      }
    }

    /// What it pays for; nil where there is no such mechanism.
    package var mechanism: Mechanism? {
      let scale = Int(clamping: scale)
      switch extent {
      case .anyInput(let radius):
        return (try? ReleaseParameters(radius: Int(clamping: radius), scale: scale)).map(Mechanism.anyInput)
      case .contribution(let sensitivity, let steps, let origin):
        let parameters = try? StreamParameters(
          sensitivity: Int(clamping: sensitivity), scale: scale, steps: Int(clamping: steps), origin: origin)
        return parameters.map(Mechanism.contribution)
      }
    }
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

extension LedgerEntry.Extent {
  /// What a stream window's sensitivity follows from.
  package var origin: StreamParameters.Origin? {
    if case .contribution(_, _, let origin) = self { origin } else { nil }
  }
}

extension LedgerEntry.ChargeTerms {
  /// One release of the unit `any-input`.
  init(
    release: String, radius: UInt64, scale: UInt64, dimension: UInt64, precision: NoisePrecision, cost: UInt64
  ) {
    self.init(
      release: release, extent: .anyInput(radius: radius), scale: scale, dimension: dimension, precision: precision,
      cost: cost)
  }
}

extension Mechanism {
  /// As an entry has it.
  var extent: LedgerEntry.Extent {
    switch self {
    case .anyInput(let parameters): .anyInput(radius: UInt64(parameters.radius))
    case .contribution(let parameters):
      .contribution(
        sensitivity: UInt64(parameters.sensitivity), steps: UInt64(parameters.steps), origin: parameters.origin)
    }
  }
}
