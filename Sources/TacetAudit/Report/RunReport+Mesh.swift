extension RunReport {
  /// One gateway as the sites saw it.
  public struct Gateway: Codable, Sendable, Equatable {
    /// The gateway.
    public let name: String
    /// Whether the demo made it lie.
    public let lied: Bool
    /// How: `bias`, `sign-flip` or `noise`; absent for an honest one.
    public let lie: String?
    /// The step from which on it did.
    public let liedFrom: Int?
    /// Lowest trust of any site at the end, 0…1.
    public let trustMin: Double?
    /// Mean trust over the sites at the end.
    public let trustMean: Double?
    /// Highest trust of any site at the end.
    public let trustMax: Double?
    /// Sites that quarantine it at the end.
    public let quarantinedBy: Int
    /// Step at which the first site did; absent if none did.
    public let firstQuarantinedStep: Int?

    /// Creates it from its parts; figures that are not finite become absent.
    public init(
      name: String, lied: Bool, lie: String? = nil, liedFrom: Int? = nil, trustMin: Double?, trustMean: Double?,
      trustMax: Double?, quarantinedBy: Int,
      firstQuarantinedStep: Int? = nil
    ) {
      self.name = name
      self.lied = lied
      (self.lie, self.liedFrom) = (lie, liedFrom)
      self.trustMin = trustMin.flatMap { $0.isFinite ? $0 : nil }
      self.trustMean = trustMean.flatMap { $0.isFinite ? $0 : nil }
      self.trustMax = trustMax.flatMap { $0.isFinite ? $0 : nil }
      self.quarantinedBy = quarantinedBy
      self.firstQuarantinedStep = firstQuarantinedStep
    }
  }

  /// A process that tried to join without the right to.
  public struct Intruder: Codable, Sendable, Equatable {
    /// The intruder.
    public let name: String
    /// What it tried.
    public let attempt: String
    /// What it saw.
    public let outcome: String
    /// Whether it was refused.
    public let refused: Bool
    /// The reason the gateway recorded.
    public let reason: String

    /// Creates it from its parts.
    public init(name: String, attempt: String, outcome: String, refused: Bool, reason: String) {
      self.name = name
      self.attempt = attempt
      self.outcome = outcome
      self.refused = refused
      self.reason = reason
    }
  }

  /// Something the product claims, checked against the evidence of this run.
  public struct Claim: Codable, Sendable, Equatable {
    /// Short name, `lower-case-with-dashes`.
    public let name: String
    /// The claim, as a sentence.
    public let statement: String
    /// Whether the evidence bears it out.
    public let holds: Bool
    /// What was checked, with its figures.
    public let evidence: String

    /// Creates it from its parts.
    public init(name: String, statement: String, holds: Bool, evidence: String) {
      self.name = name
      self.statement = statement
      self.holds = holds
      self.evidence = evidence
    }
  }
}
