/// How many random bits decide one sample, and with that how close the table comes to the Gaussian it stands for.
///
/// One sample of scale s (grid units) is within s · 2⁻⁶² of the rounded Gaussian in total variation with 64-bit words, and
/// within s · 2⁻¹²⁶ with 128-bit words; the generator of the tables checks both bounds for every table.
public enum NoisePrecision: UInt64, Hashable, Sendable, CaseIterable {
  /// One 64-bit word a sample.
  case narrow = 64
  /// Two 64-bit words a sample: half as fast, for when the narrow table's distance would show in δ.
  case wide = 128
}
