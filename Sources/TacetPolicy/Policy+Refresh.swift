import TacetDocument
import TacetPrivacy
public import TacetRefresh
public import TacetTrust

extension Policy {
  /// How devices refresh their student together.
  public struct Refresh: Sendable, Hashable {
    /// What a device says in a round, and what that costs.
    public let parameters: RefreshParameters
    /// How the parts of devices become one.
    public let aggregator: Aggregator
    /// How many of its own samples a device judges a new student by, before it is in force and again afterwards.
    public let canary: Int

    /// The usual ``canary``.
    private static let usualCanary = 120

    init(_ document: DocumentMapping) throws(DocumentError) {
      let steps = try document.integer("every", in: 1...RefreshParameters.mostSteps)
      let event = try document.duration("event", in: .seconds(1)...(.seconds(86_400)))
      let clip = try document.integer("clip", in: 1...ReleaseParameters.largestRadius)
      let reach = try document.integer("reach", in: 1...ReleaseParameters.largestRadius)
      let passages = try document.integer("passages", in: 1...StreamParameters.largestSensitivity)
      let scale = try document.integer("scale", in: 1...1_000_000)
      let spread = try document.optionalNumber("spread", in: 0.01...2) ?? RefreshParameters.usualSpread
      do {
        parameters = try RefreshParameters(
          steps: steps, eventSeconds: Int(event.components.seconds),
          sum: EventSum.Parameters(clip: clip, reach: reach, passages: passages, scale: scale), spread: spread)
      } catch {
        throw document.error("clip", "refresh.clip, reach, passages, scale and every: \(error)")
      }
      let byzantine = try document.integer("byzantine", in: 0...1000)
      do {
        aggregator = try Aggregator(
          rule: AggregationRule(document), mixing: try document.optionalInteger("mixing", in: 0...1000),
          byzantine: byzantine)
      } catch let error as AggregationError {
        throw document.error("rule", "refresh.rule: \(error)")
      } catch let error as DocumentError {
        throw error
      } catch {
        throw document.error("rule", "refresh.rule: \(error)")
      }
      canary = try document.optionalInteger("canary", in: 1...100_000) ?? Self.usualCanary
    }
  }
}

extension AggregationRule {
  /// The rule that a section names under `rule`, with its parameters: `trim` of the trimmed mean, `byzantine` of Krum and multi-Krum,
  /// which may say how many vectors are `selected`, `radius` of centred clipping.
  init(_ document: DocumentMapping) throws(DocumentError) {
    let name = try document.choice("rule", of: Name.allCases.map(\.rawValue))
    switch Name(rawValue: name) {
    case .mean: self = .mean
    case .median, nil: self = .median
    case .trimmedMean: self = .trimmedMean(trim: try document.integer("trim", in: 0...1000))
    case .krum: self = .krum(byzantine: try document.integer("byzantine", in: 0...1000))
    case .multiKrum:
      self = .multiKrum(
        byzantine: try document.integer("byzantine", in: 0...1000),
        selected: try document.optionalInteger("selected", in: 1...1000))
    case .geometricMedian: self = .geometricMedian()
    case .centredClipping: self = .centredClipping(radius: try document.number("radius", in: 1e-9...1e9))
    }
  }
}
