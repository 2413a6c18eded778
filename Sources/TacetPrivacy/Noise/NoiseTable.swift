internal import CNoise

/// The thresholds of one scale: 2ᵇ⁻¹ · P(|Z| ≤ j), rounded, for Z = round(N(0, S²)) and b bits of randomness a sample.
package struct NoiseTable: Sendable {
  // Immutable static data of CNoise, valid and unchanged for the life of the process: safe to read from any thread.
  nonisolated(unsafe) let table: UnsafePointer<cnoise_table>
  /// How many random bits decide one sample.
  package let precision: NoisePrecision

  /// Throws when there is no table for `scale`.
  package init(scale: Int, precision: NoisePrecision = .narrow) throws(PrivacyParameterError) {
    guard let size = UInt32(exactly: scale), let table = cnoise_table_for(size, UInt32(precision.rawValue)) else {
      throw .unsupportedScale(scale)
    }
    self.table = table
    self.precision = precision
  }

  /// S.
  package var scale: Int { Int(table.pointee.scale) }

  /// The largest magnitude that can be sampled.
  package var largestMagnitude: Int { Int(table.pointee.count) }

  /// 64-bit random words that one sample takes.
  package var wordsPerSample: Int { Int(table.pointee.bits) / 64 }

  /// Total variation between one sample and the rounded Gaussian, rounded up. Over n samples of releases that are
  /// (ε, δ)-private with exact noise, δ grows by at most (1 + e^ε) · n times this.
  package var statisticalDistance: Double { table.pointee.statistical_distance }

  /// A copy of the thresholds.
  package var thresholds: [UInt128] {
    let size = wordsPerSample
    return (0..<largestMagnitude).map { index in
      (0..<size).reduce(UInt128(0)) { sum, word in
        sum | UInt128(table.pointee.thresholds[index * size + word]) << (64 * word)
      }
    }
  }
}
