package import TacetInference

/// Samples that an aggregator has of its own, to see whether a head is better than another. Nobody's update is among them.
package struct HoldOut: Sendable {
  /// Neighbouring samples of one sensor, which are judged as one: what they say is much the same.
  private let blocks: [[StudentSample]]

  /// At least so many blocks, or nothing can be said.
  package static let leastBlocks = 8
  /// By how many standard errors a head must be better, so that it is not by chance: measured, `Fixtures/traffic/README.md`.
  package static let significance = 3.0

  /// - Parameters:
  ///   - sensors: the samples of each sensor, in the order of time.
  ///   - length: how many samples a block has.
  /// - Throws: ``RefreshError`` when there are too few.
  package init(_ sensors: [[StudentSample]], blocksOf length: Int) throws(RefreshError) {
    let length = max(1, length)
    blocks = sensors.flatMap { samples in
      stride(from: 0, to: samples.count, by: length).map { Array(samples[$0..<min(samples.count, $0 + length)]) }
    }
    guard blocks.count >= Self.leastBlocks else {
      throw RefreshError(
        .badInput,
        "the hold-out has \(blocks.count) stretches of \(length) samples: \(Self.leastBlocks) are needed to tell heads apart"
      )
    }
  }

  /// The mean absolute error with a head, over all samples.
  package func error(with head: StudentHead) -> Double {
    let all = blocks.joined()
    return all.reduce(0) { $0 + $1.error(with: head) } / Double(all.count)
  }

  /// By how much the error is smaller with `head` than with `other`, and the standard error of that.
  package func gain(of head: StudentHead, over other: StudentHead) -> (mean: Double, deviation: Double) {
    let gains = blocks.map { block in
      block.reduce(0) { $0 + $1.error(with: other) - $1.error(with: head) } / Double(block.count)
    }
    let mean = gains.reduce(0, +) / Double(gains.count)
    let squares = gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(gains.count * (gains.count - 1))).squareRoot())
  }
}
