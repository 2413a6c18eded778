/// What callers may use up of the Workload API.
package struct WorkloadLimits: Sendable, Hashable {
  /// Connections at once.
  package var connections = 256
  /// Connections of one user at once.
  package var connectionsPerUser = 32
  /// Connections at once of all users together that the policy does not name, so that they leave room to those it does.
  package var connectionsOfStrangers = 32
  /// Calls of one connection at once.
  package var callsPerConnection = 16
  /// Calls that one user may begin in a second, in the long run; all users that the policy does not name count as one.
  package var callsPerSecond = 50
  /// Calls that one user may begin at once.
  package var callBurst = 200
  /// From accepting a connection to its first byte.
  package var greeting = Duration.seconds(5)
  /// After so long without a byte from the caller, who is asked for one (an HTTP/2 ping) at half of it, a connection is closed.
  package var silence = Duration.seconds(120)
  /// Without a call, a connection is closed.
  package var idle = Duration.seconds(300)
  /// How long calls may finish after the API was asked to stop.
  package var grace = Duration.seconds(1)
  /// From a call for a token to the authority's answer.
  package var tokenTimeout = Duration.seconds(10)
  /// The longest request, in bytes.
  package var requestBytes = 64 << 10
  /// How often it is looked for SVIDs that have expired.
  package var review = Duration.seconds(1)

  /// The defaults.
  package init() {}
}
