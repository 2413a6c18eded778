package import TacetInference
package import TacetTrust

/// Makes a better head of what devices say: a robust mean of their sums, and the step in that direction that is best on a hold-out.
///
/// All of it works on releases, and on the aggregator's own samples: it costs no device anything.
package struct HeadRefinement: Sendable {
  /// What became of a round.
  package struct Outcome: Sendable {
    /// The head to go on with: as it was, where none was better.
    package let head: StudentHead
    /// How far along the direction it went, in the forecast's unit; 0 where it stayed.
    package let step: Double
    /// The error on the hold-out, before and after.
    package let errors: (before: Double, after: Double)
    /// Devices whose sums could not be what was asked for.
    package let liars: [String: Aggregate.Reason]
  }

  private let parameters: RefreshParameters
  private let aggregator: Aggregator
  private let holdOut: HoldOut

  /// Steps are tried from the error's own size times 2 to the power of these.
  private static let exponents = -5...3

  package init(parameters: RefreshParameters, aggregator: Aggregator, holdOut: HoldOut) {
    (self.parameters, self.aggregator, self.holdOut) = (parameters, aggregator, holdOut)
  }

  /// Refines a head by the sums of some devices, in grid units, which they made with that head.
  /// - Parameter exposed: how many liars there are that are known, and not among them.
  /// - Throws: `AggregationError` when there are too few for the liars that may be among them; `InferenceError` when the head cannot be
  ///   made.
  package func refine(_ head: StudentHead, by sums: [String: [Int16]], exposed: Int = 0) throws -> Outcome {
    let senders = sums.keys.sorted()
    let length = head.coefficients.count
    let usable = senders.filter { sums[$0]?.count == length }
    let misfits = senders.filter { sums[$0]?.count != length }
    let hidden = max(0, aggregator.byzantine - misfits.count - exposed)
    let relieved = try Aggregator(rule: aggregator.rule, mixing: aggregator.mixing, byzantine: hidden)
    let aggregate = try relieved.aggregate(Vectors(usable.compactMap { sums[$0] }))
    var liars: [String: Aggregate.Reason] = [:]
    for sender in misfits { liars[sender] = .length(sums[sender]?.count ?? 0, expected: length) }
    for exclusion in aggregate.excluded { liars[usable[exclusion.index]] = exclusion.reason }
    let whole = 1 / Float(parameters.sum.clip * parameters.steps)
    let direction = aggregate.values.map { $0 * whole }
    let (best, step) = try search(from: head, along: direction)
    return Outcome(
      head: best, step: step, errors: (holdOut.error(with: head), holdOut.error(with: best)), liars: liars)
  }

  /// The head along a direction with the largest gain over `head` that is not by chance; `head` where there is none.
  ///
  /// Each gain counts less its standard errors: the largest on few samples is often luck, and what liars propose tempts to it.
  private func search(from head: StudentHead, along direction: [Float]) throws -> (StudentHead, step: Double) {
    let scale = holdOut.error(with: head) * Double(head.coefficients.count).squareRoot()
    var best = (head: head, step: 0.0, gain: 0.0)
    for exponent in Self.exponents {
      let step = scale * Double(sign: .plus, exponent: exponent, significand: 1)
      let moved = zip(head.coefficients, direction).map { $0 + Float(step) * $1 }
      guard
        let tried = try? StudentHead(horizon: head.horizon, features: head.features, coefficients: moved)
      else { continue }
      let (gain, deviation) = holdOut.gain(of: tried, over: head)
      let certain = gain - HoldOut.significance * deviation
      if certain > best.gain { best = (tried, step, certain) }
    }
    return (best.head, best.step)
  }
}
