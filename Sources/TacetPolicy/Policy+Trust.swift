import TacetDocument
public import TacetTrust

extension Policy {
  /// Whom a node believes, and how much.
  public struct Trust: Sendable, Hashable {
    /// What its books go by.
    public let parameters: TrustParameters

    /// - Parameter trim: how many liars the aggregation stands.
    init(_ document: DocumentMapping, trim: Int) throws(DocumentError) {
      var parameters = TrustParameters(
        trim: trim, threshold: try document.number("threshold", in: 0.01...0.49),
        forgetting: try document.number("forgetting", in: 0.5...0.999),
        tolerance: try document.number("tolerance", in: 0.01...100))
      parameters.prior = try document.optionalNumber("prior", in: 0.02...0.8) ?? parameters.prior
      parameters.probation = try document.optionalInteger("probation", in: 1...100_000) ?? parameters.probation
      parameters.quarantine = try document.optionalInteger("quarantine", in: 1...100_000) ?? parameters.quarantine
      parameters.lowWeight = try document.optionalNumber("low_weight", in: 0.01...1) ?? parameters.lowWeight
      parameters.falseAlarm = try document.optionalNumber("false_alarm", in: 1e-15...1e-3) ?? parameters.falseAlarm
      if let batch = try document.optionalMapping("batch") {
        let window = try batch.optionalDuration("window", in: .seconds(1) ... .seconds(366 * 86_400))
        parameters.batchSeconds = window.map { $0 / .seconds(1) } ?? parameters.batchSeconds
        parameters.batchCap = try batch.optionalNumber("cap", in: 0.01...0.49) ?? parameters.batchCap
      }
      guard parameters.prior > parameters.threshold else {
        throw document.error(
          document.has("prior") ? "prior" : "threshold",
          "trust.prior is \(parameters.prior), allowed: more than trust.threshold = \(parameters.threshold), so that a newcomer is heard"
        )
      }
      self.parameters = parameters
    }
  }
}
