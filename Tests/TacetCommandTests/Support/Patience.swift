/// Waiting in tests.
enum Patience {
  /// Waits until something holds, ten seconds at most unless told otherwise; whether it did.
  static func wait(_ longest: Duration = .seconds(10), until holds: () -> Bool) async -> Bool {
    let end = ContinuousClock.now + longest
    while ContinuousClock.now < end {
      if holds() { return true }
      try? await Task.sleep(for: .milliseconds(20))
    }
    return holds()
  }
}
