/// Draws from the system's generator.
enum SystemRandom {
  /// A number in [0, 1), 53 bits of it random.
  static func unitInterval() -> Double {
    var generator = SystemRandomNumberGenerator()
    return Double(generator.next() >> 11) * 0x1p-53
  }
}
