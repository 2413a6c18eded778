internal import CNoise

/// The thresholds of one scale: `thresholds[j]` = round(2⁶³ · P(|Z| ≤ j)) for Z = round(N(0, S²)).
package struct NoiseTable: Sendable {
  // Immutable static data of CNoise, valid and unchanged for the life of the process: safe to read from any thread.
  nonisolated(unsafe) let table: UnsafePointer<cnoise_table>

  /// Throws when there is no table for `scale`.
  package init(scale: Int) throws(PrivacyParameterError) {
    guard let size = UInt32(exactly: scale), let table = cnoise_table_for(size) else {
      throw .unsupportedScale(scale)
    }
    self.table = table
  }

  /// S.
  package var scale: Int { Int(table.pointee.scale) }

  /// The largest magnitude that can be sampled.
  package var largestMagnitude: Int { Int(table.pointee.count) }

  /// Total variation between one sample and the rounded Gaussian, rounded up. Over n samples of releases that are
  /// (ε, δ)-private with exact noise, δ grows by at most (1 + e^ε) · n times this.
  package var statisticalDistance: Double { table.pointee.statistical_distance }

  /// A copy of the thresholds.
  package var thresholds: [UInt64] {
    Array(UnsafeBufferPointer(start: table.pointee.thresholds, count: Int(table.pointee.count)))
  }
}
