/// What each test of an attack may find by chance: together, over all attacks, the false-alarm rate that was asked for.
struct NoiseLevels {
  /// That the worlds are farther apart than the claim.
  let separation: Double
  /// The threshold test's ε.
  let threshold: Double
  /// Too little variance, by number and in all.
  let variance: Double
  /// Any two numbers of a trial that vary together.
  let correlation: Double
  /// Any number that varies with itself in the run before.
  let serial: Double
  /// Too many equal numbers.
  let ties: Double

  init(alpha: Double, attacks: Int) {
    let part = alpha / Double(max(1, attacks)) / 10
    separation = 5 * part
    (threshold, variance, correlation, serial, ties) = (part, part, part, part, part)
  }
}
