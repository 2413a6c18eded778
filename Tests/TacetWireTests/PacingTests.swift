import TacetWire
import Testing

@Suite struct PacingTests {
  private let start = ContinuousClock.now

  /// The moment of departure after the arrival, in milliseconds.
  private func departure(readyAfter ready: Duration, deadline: Duration, jitter: Duration, draw: Double) -> Duration {
    start.duration(
      to: Pacing.departure(
        arrival: start, ready: start + ready, deadline: deadline, jitter: jitter, draw: draw))
  }

  @Test(arguments: [
    (0, 50), (1, 50), (49, 50), (50, 50), (51, 100), (100, 100), (101, 150), (5000, 5000), (5001, 5050), (-20, 50),
  ])
  func leavesAtTheNextMultiple(ready: Int, expected: Int) {
    #expect(
      departure(readyAfter: .milliseconds(ready), deadline: .milliseconds(50), jitter: .zero, draw: 0.5)
        == .milliseconds(expected))
  }

  @Test func readyByTheTinyestMarginIsReady() {
    let deadline = Duration(secondsComponent: 0, attosecondsComponent: 333_333_333_333_333)
    for count in [1, 2, 3, 1000, 1_000_003] {
      let exact = deadline * count
      let late = exact + Duration(secondsComponent: 0, attosecondsComponent: 1_000_000_000)
      #expect(departure(readyAfter: exact, deadline: deadline, jitter: .zero, draw: 0) >= exact)
      #expect(departure(readyAfter: late, deadline: deadline, jitter: .zero, draw: 0) > exact)
    }
  }

  /// The jitter is added to the multiple and never decides which one it is.
  @Test(arguments: [(0.0, 50), (0.5, 60), (1.0, 70), (-3.0, 50), (9.0, 70), (Double.nan, 70)])
  func jitterIsADrawnPart(draw: Double, expected: Int) {
    for ready in [0, 10, 49, 50] {
      #expect(
        departure(
          readyAfter: .milliseconds(ready), deadline: .milliseconds(50), jitter: .milliseconds(20), draw: draw)
          == .milliseconds(expected))
    }
    #expect(
      departure(readyAfter: .milliseconds(51), deadline: .milliseconds(50), jitter: .milliseconds(20), draw: draw)
        == .milliseconds(expected + 50))
  }
}
