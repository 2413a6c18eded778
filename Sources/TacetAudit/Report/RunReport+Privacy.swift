extension RunReport {
  /// What one choice of noise costs and buys, over the hours of this run.
  public struct EpsilonPrice: Codable, Sendable, Equatable {
    /// The privacy unit.
    public let unit: String
    /// μ of what is charged at a time: a release, or a stream window.
    public let mu: Double
    /// ε of one device after the releases of this run.
    public let epsilonRun: Double?
    /// ε of one device after a day of one release per step.
    public let epsilonDay: Double?
    /// ε of one passage at one device; absent where every release is charged, and in older reports.
    public let epsilonPassage: Double?
    /// ε of one individual that passes ``tripDevices`` devices, each once in a window; absent where every release is charged.
    public let epsilonTrip: Double?
    /// Mean absolute errors over these hours, of the unit's model: with this noise, its student, the last value, and without noise.
    public let mae: MeanErrors
    /// Share of the un-noised model's gain over the student that is left, in percent.
    public let gainKeptPercent: Double?

    /// How many devices a trip passes.
    public static let tripDevices = 4

    /// Creates it from its parts; figures that are not finite become absent.
    public init(
      unit: String, mu: Double, epsilonRun: Double?, epsilonDay: Double?, epsilonPassage: Double? = nil,
      epsilonTrip: Double?, mae: MeanErrors, gainKeptPercent: Double?
    ) {
      self.unit = unit
      self.mu = mu
      self.epsilonRun = epsilonRun.flatMap { $0.isFinite ? $0 : nil }
      self.epsilonDay = epsilonDay.flatMap { $0.isFinite ? $0 : nil }
      self.epsilonPassage = epsilonPassage.flatMap { $0.isFinite ? $0 : nil }
      self.epsilonTrip = epsilonTrip.flatMap { $0.isFinite ? $0 : nil }
      self.mae = mae
      self.gainKeptPercent = gainKeptPercent.flatMap { $0.isFinite ? $0 : nil }
    }
  }

  /// One camera's privacy account at the end of the run.
  public struct Camera: Codable, Sendable, Equatable {
    /// The device.
    public let device: String
    /// Charges in its ledger: one a release, or one a stream window.
    public let charges: Int
    /// ε spent so far, at `delta`: information, not the guarantee.
    public let epsilonSpent: Double?
    /// ε of the budget, at `delta`: the guarantee.
    public let epsilonBudget: Double
    /// δ of the budget.
    public let delta: Double
    /// What the noise tables add to `delta` at the budget's ε, in this run.
    public let deltaSlack: Double?
    /// Step at which the budget refused a release; absent if it never did.
    public let exhaustedAtStep: Int?
    /// How the site forecasts at the end: `mesh` or `student`.
    public let mode: String
    /// The recomputed ledger.
    public let ledger: LedgerAudit

    /// Creates it from its parts; figures that are not finite become absent.
    public init(
      device: String, charges: Int, epsilonSpent: Double?, epsilonBudget: Double, delta: Double,
      deltaSlack: Double? = nil,
      exhaustedAtStep: Int? = nil, mode: String, ledger: LedgerAudit
    ) {
      self.device = device
      self.charges = charges
      self.epsilonSpent = epsilonSpent.flatMap { $0.isFinite ? $0 : nil }
      self.epsilonBudget = epsilonBudget
      self.delta = delta
      self.deltaSlack = deltaSlack
      self.exhaustedAtStep = exhaustedAtStep
      self.mode = mode
      self.ledger = ledger
    }
  }

  /// The δ of a camera's figures, with what its noise tables add.
  static func delta(of camera: Camera) -> String {
    Numeral.short(camera.delta) + (camera.deltaSlack.map { " + \(Numeral.short($0))" } ?? "")
  }

  /// Result of recomputing one ledger from its entries.
  public struct LedgerAudit: Codable, Sendable, Equatable {
    /// Entries in the log.
    public let size: Int
    /// Merkle root of the log, as the checkpoint writes it.
    public let root: String
    /// Whether entries, sums and root agree and no budget was exceeded.
    public let holds: Bool

    /// Creates it from its parts.
    public init(size: Int, root: String, holds: Bool) {
      self.size = size
      self.root = root
      self.holds = holds
    }
  }
}
