package import TacetInference

/// Samples that an aggregator has of its own, to see whether a head is better than another. Nobody's update is among them.
package struct HoldOut: Sendable {
  /// The samples of all sensors within some time, which are judged as one: what neighbours in time say is much the same, and what sensors
  /// say at the same moment, when there is more or less of everything everywhere.
  private let blocks: [[StudentSample]]

  /// At least so many blocks, or nothing can be said.
  package static let leastBlocks = 8
  /// By how many standard errors a head must be better, so that it is not by chance: measured, `Fixtures/traffic/README.md`.
  package static let significance = 3.0

  /// - Parameters:
  ///   - sensors: the samples of each sensor.
  ///   - length: how many steps a block has.
  /// - Throws: ``RefreshError`` when there are too few.
  package init(_ sensors: [[StudentSample]], blocksOf length: Int) throws(RefreshError) {
    let length = max(1, length)
    blocks = Dictionary(grouping: sensors.joined()) { $0.step / length }.sorted { $0.key < $1.key }.map(\.value)
    guard blocks.count >= Self.leastBlocks else {
      throw RefreshError(
        .badInput,
        "the hold-out has \(blocks.count) stretches of \(length) steps: \(Self.leastBlocks) are needed to tell heads apart"
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
