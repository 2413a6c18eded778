import TacetPrivacy

/// What `privacy filter` prints.
struct FilterReport: Encodable {
  /// How wrong the answers to a workload are: root mean squares, in counts.
  struct ErrorReport: Encodable {
    let mu: Double
    let steps: Int
    let receiver: String
    let error: Double
    /// Null where the filter cannot be undone.
    let identityError: Double?
    let exponentialError: Double?
    let exponentialDecay: Double

    init(_ design: FilterDesign, workload: FilterWorkload, mu: Double) {
      self.mu = mu
      steps = workload.steps
      receiver = workload.autocovariance == nil ? "unbiased" : "least-squares"
      error = design.best.error
      identityError = Self.finite(design.identity.error)
      exponentialError = Self.finite(design.exponential.error)
      exponentialDecay = design.decay
    }

    var text: String {
      func short(_ value: Double?) -> String { value.map(CalibrationReport.short) ?? "none" }
      return "error over \(steps) steps at μ = \(mu) a passage, \(receiver) receiver: \(short(error)) "
        + "(identity \(short(identityError)), best exponential, decay \(short(exponentialDecay)), \(short(exponentialError)))"
    }

    private static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
  }

  let kind: String
  let taps: [Int]
  let squaredNorm: Int
  /// H, exactly: what a window is charged by for one passage that adds 1.
  let norm: Int
  let decay: Double?
  let workload: ErrorReport?

  /// Of an exponential filter; of the identity without a decay.
  init(_ filter: CausalFilter, decay: Double?) {
    self.init(filter, kind: decay == nil ? "identity" : "exponential", decay: decay, workload: nil)
  }

  /// Of a filter that was designed for a workload.
  init(_ design: FilterDesign, workload: FilterWorkload, mu: Double) {
    self.init(
      design.best.filter, kind: "optimised", decay: nil, workload: ErrorReport(design, workload: workload, mu: mu))
  }

  private init(_ filter: CausalFilter, kind: String, decay: Double?, workload: ErrorReport?) {
    (self.kind, taps, squaredNorm, norm) = (kind, filter.taps, filter.squaredNorm, filter.norm)
    (self.decay, self.workload) = (decay, workload)
  }

  var text: String {
    let head = [
      "\(kind) filter of \(taps.count) taps, squared norm \(squaredNorm), norm \(norm):",
      "[\(taps.map(String.init).joined(separator: ", "))]",
    ]
    return (head + (workload.map { [$0.text] } ?? [])).joined(separator: "\n")
  }
}
