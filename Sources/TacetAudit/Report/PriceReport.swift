public import Foundation
public import TacetPrivacy

/// What each ε buys with some model packs, over one recording: the content of the `report.json` of `tacet report`.
///
/// Figures that do not exist are absent, and no figure in it is infinite or NaN. All packs forecast the same target.
public struct PriceReport: Encodable, Sendable, Equatable {
  /// Version of the format.
  public let schema: Int
  /// When the report was made; whole seconds (RFC 3339 in JSON).
  public let madeAt: Date
  /// Version of Tacet that made it.
  public let tacetVersion: String
  /// What was forecast from: the sensors' recording.
  public let recording: RunReport.FileDigest
  /// The policy whose windows and bounds hold for the packs of its unit; absent where none was given.
  public let policy: RunReport.FileDigest?
  /// δ of every ε.
  public let delta: Double
  /// How many devices a trip passes.
  public let tripDevices: Int
  /// The packs, in the order they were given.
  public let packs: [Pack]

  /// One model pack, and what each amount of noise does to it.
  public struct Pack: Encodable, Sendable, Equatable {
    /// Name of the model pack.
    public let model: String
    /// Version of the model pack.
    public let version: Int
    /// Its files, as loaded.
    public let files: [RunReport.FileDigest]
    /// The privacy unit: `any-input` or `contribution`.
    public let unit: PrivacyUnit
    /// What the unit hides and what it does not, in one sentence.
    public let hides: String
    /// What is forecast.
    public let target: Target
    /// How many sites there are, each a device.
    public let sites: Int
    /// Steps forecast, of all runs.
    public let steps: Int
    /// Length of a step, in seconds.
    public let stepSeconds: Int
    /// What is charged at a time with the noise that the pack was trained for.
    public let mechanism: RunReport.Mechanism
    /// A row for each noise level, those of the most noise first.
    public let prices: [RunReport.EpsilonPrice]
  }

  /// What is forecast, and in which unit its errors are.
  public struct Target: Encodable, Sendable, Equatable {
    /// Its name.
    public let name: String
    /// Its unit.
    public let unit: String
  }

  package init(
    madeAt: Date, tacetVersion: String, recording: RunReport.FileDigest, policy: RunReport.FileDigest?, delta: Double,
    packs: [Pack]
  ) {
    schema = 1
    self.madeAt = Date(timeIntervalSince1970: madeAt.timeIntervalSince1970.rounded(.down))
    (self.tacetVersion, self.recording, self.policy, self.delta) = (tacetVersion, recording, policy, delta)
    tripDevices = RunReport.EpsilonPrice.tripDevices
    self.packs = packs
  }

  /// The report as a JSON object: snake_case keys, sorted; dates as RFC 3339; absent figures left out.
  ///
  /// - Throws: `RunReportError.notFinite` when a figure that must exist is infinite or NaN.
  public func json() throws(RunReportError) -> Data { try RunReport.json(of: self) }

  /// The report as a self-contained page: HTML that is also well-formed XML, that loads nothing and runs nothing. Every text from a
  /// file is escaped.
  public func html() -> String { PricePage(report: self).markup.source }

  /// The report as plain text of at most 80 columns.
  public func table() -> String { PriceTable(report: self).text }
}
