import TacetWire
import Testing

@Suite struct PacingTests {
  private static let deadline = Duration.milliseconds(50)

  private func delay(_ jitter: Jitter, draw: Double) -> Duration {
    Pacing(deadline: Self.deadline, jitter: jitter).delay(draw: draw)
  }

  /// Whatever is drawn, the delay is the deadline and a part of the cap.
  @Test(arguments: [(0.0, 50), (0.5, 60), (1.0, 70), (-3.0, 50), (9.0, 70), (Double.nan, 70)])
  func uniformJitterIsADrawnPart(draw: Double, expected: Int) {
    #expect(delay(.uniform(upTo: .milliseconds(20)), draw: draw) == .milliseconds(expected))
    #expect(delay(.uniform(upTo: .zero), draw: draw) == Self.deadline)
  }

  @Test(arguments: [0.0, 0.25, 0.5, 0.75, 0.999, 1.0, -1.0, 2.0, Double.nan, .infinity])
  func exponentialJitterNeverPassesItsCap(draw: Double) {
    for (mean, cap) in [(1, 1), (5, 20), (20, 20), (1, 3_600_000), (0, 10)] {
      let added = delay(.exponential(mean: .milliseconds(mean), cap: .milliseconds(cap)), draw: draw) - Self.deadline
      #expect((.zero ... .milliseconds(cap)).contains(added))
    }
  }

  /// The inverse of the distribution function, cut off at the cap: F(x) = (1 − exp(−x/m)) / (1 − exp(−c/m)).
  @Test(arguments: [0.01, 0.1, 0.5, 0.9, 0.99])
  func exponentialJitterInvertsItsDistribution(draw: Double) {
    // m = 5 ms, c = 20 ms, from scipy.stats.truncexpon(b=4, scale=5).ppf
    let known = [0.01: 0.0493267, 0.1: 0.5166376, 0.5: 3.3749863, 0.9: 10.7500036, 0.99: 17.8541520]
    let added = delay(.exponential(mean: .milliseconds(5), cap: .milliseconds(20)), draw: draw) - Self.deadline
    #expect(abs(added / .milliseconds(1) - (known[draw] ?? 0)) < 1e-6)
  }
}
