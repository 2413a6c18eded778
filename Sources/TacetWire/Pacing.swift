/// When a reply leaves: never when it is ready, always one deadline after its request arrived, plus jitter.
///
/// Pure arithmetic: the caller has the clock and draws from the system's generator. Nothing here knows how long the answer
/// took to make: one that is not ready when it must leave is replaced by one that says so.
public struct Pacing: Sendable, Hashable {
  /// From a request's arrival to its reply's departure, without the jitter; above zero.
  public let deadline: Duration
  /// What comes on top, at random.
  public let jitter: Jitter

  /// - Parameter deadline: above zero.
  public init(deadline: Duration, jitter: Jitter) {
    self.deadline = deadline
    self.jitter = jitter
  }

  /// From a request's arrival to its reply's departure.
  /// - Parameter draw: uniform in [0, 1), from a cryptographic generator; held to that interval.
  package func delay(draw: Double) -> Duration {
    deadline + jitter.delay(draw: draw)
  }
}
