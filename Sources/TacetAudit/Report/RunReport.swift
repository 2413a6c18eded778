/// What a run of the mesh did, what it cost in privacy, and which of the product's claims held: the content of
/// `report.json`, and the source of the table and the page.
///
/// Immutable once made: a report is evidence. Figures that do not exist (no forecast was made, a division by nothing) are
/// absent rather than zero, and no figure in it is infinite or NaN.
public struct RunReport: Codable, Sendable, Equatable {
  /// Version of this format that this build writes and reads.
  public static let currentSchema = 2

  /// Version of the format.
  public let schema: Int
  /// What was run.
  public let run: Run
  /// The headline figures.
  public let summary: Summary
  /// What each ε buys, computed over the hours of this run.
  public let epsilonPrice: [EpsilonPrice]
  /// What a refresh of the student is worth under the policy, and what lying devices do to it, played over recordings of their own; absent where
  /// the policy has none.
  public let refresh: RefreshReport?
  /// The cameras' privacy accounts.
  public let cameras: [Camera]
  /// The gateways as the sites saw them.
  public let gateways: [Gateway]
  /// The processes that tried to join without the right to.
  public let intruders: [Intruder]
  /// The run over time.
  public let series: Series
  /// The claims, each with its evidence.
  public let claims: [Claim]
  /// Whether there are claims and every one of them holds.
  public let holds: Bool

  /// Creates a report; `holds` follows from the claims.
  public init(
    run: Run, summary: Summary, epsilonPrice: [EpsilonPrice], refresh: RefreshReport? = nil,
    cameras: [Camera], gateways: [Gateway], intruders: [Intruder], series: Series, claims: [Claim]
  ) {
    self.schema = Self.currentSchema
    self.run = run
    self.summary = summary
    self.epsilonPrice = epsilonPrice
    self.refresh = refresh
    self.cameras = cameras
    self.gateways = gateways
    self.intruders = intruders
    self.series = series
    self.claims = claims
    self.holds = Self.allHold(claims)
  }

  /// A report without claims proves nothing, so it does not hold.
  static func allHold(_ claims: [Claim]) -> Bool {
    !claims.isEmpty && claims.allSatisfy(\.holds)
  }
}
