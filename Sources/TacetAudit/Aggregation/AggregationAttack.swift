package import TacetTrust

/// What liars among the senders of vectors do.
///
/// They are as strong as any analysis assumes: they see every honest vector and know the rule, its parameters and their own number.
package protocol AggregationAttack: Sendable {
  /// The name, on the command line and in reports.
  var name: String { get }

  /// What `byzantine` liars send, beside `honest` vectors of one length, of which there is at least one; nil for a vector that never comes.
  func lies(
    honest: [[Float]], byzantine: Int, against aggregator: Aggregator, using generator: inout any RandomNumberGenerator
  ) -> [[Float]?]
}

/// Every vector that the honest send, coordinate by coordinate.
struct HonestMoments {
  let mean: [Double]
  /// Of a sample: with n − 1; zero for one vector.
  let deviation: [Double]

  init(_ honest: [[Float]]) {
    let count = Double(honest.count)
    let length = honest.first?.count ?? 0
    let mean = (0..<length).map { k in honest.reduce(0) { $0 + Double($1[k]) } / count }
    deviation = mean.indices.map { k in
      let squares = honest.reduce(0) { $0 + (Double($1[k]) - mean[k]) * (Double($1[k]) - mean[k]) }
      return (squares / max(1, count - 1)).squareRoot()
    }
    self.mean = mean
  }

  /// mean · scale + deviation · shift.
  func vector(scale: Double, shift: Double) -> [Float] {
    zip(mean, deviation).map { Float($0 * scale + $1 * shift) }
  }
}
