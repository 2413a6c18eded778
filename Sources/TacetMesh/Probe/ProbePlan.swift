package import TacetPolicy

/// When the exchanges of a probe leave: in rounds, each with one exchange of every class in random order, dealt out to the connections.
///
/// Pure arithmetic. A connection has one exchange at a time, at a fixed rate: slots lie so far apart that the reply is in before the next,
/// if the node keeps its policy.
package struct ProbePlan: Sendable, Hashable {
  /// Why there is no plan.
  package struct Impossible: Error, Hashable, CustomStringConvertible {
    package let description: String
  }

  package let classes: Int
  package let connections: Int
  /// Slots of each connection in a round.
  package let slots: Int
  /// From one slot of a connection to the next.
  package let interval: Duration
  /// From one round to the next.
  package let round: Duration
  /// Whether rounds are steps of the schedule.
  package let followsSchedule: Bool

  /// For the way to the node and back.
  static let allowance = Duration.milliseconds(15)
  /// The most connections of an identity.
  package static let mostConnections = 64

  /// - Parameter connections: nil for as many as it takes.
  /// - Throws: ``Impossible`` when a round does not fit into a step.
  package init(classes: [ProbeClass], connections: Int?, policy: Policy) throws(Impossible) {
    try self.init(
      classes: classes.count, connections: connections, followsSchedule: classes.contains(where: \.needsFreshStep),
      policy: policy)
  }

  /// - Parameters:
  ///   - followsSchedule: whether some class can be had once a step only; a round is then a step.
  ///   - connections: nil for as many as it takes.
  /// - Throws: ``Impossible`` when a round does not fit into a step.
  package init(
    classes: Int, connections wanted: Int?, followsSchedule: Bool, policy: Policy
  ) throws(Impossible) {
    let timing = policy.timing
    let interval = timing.deadline + timing.jitter.cap + Self.allowance
    // A tenth of the step is left for clocks that differ.
    let room = timing.tick * 9 / 10
    let fitting = max(1, Int(room / interval))
    let connections = wanted ?? (followsSchedule ? (classes + fitting - 1) / fitting : 4)
    guard (1...Self.mostConnections).contains(connections) else {
      throw Impossible(description: "a probe has 1 to \(Self.mostConnections) connections, not \(connections)")
    }
    let slots = (classes + connections - 1) / connections
    guard !followsSchedule || (interval <= room && slots <= fitting) else {
      throw Impossible(
        description:
          "\(classes) exchanges over \(connections) connections do not fit into a step of \(timing.tick): use more "
          + "connections or fewer classes")
    }
    self.classes = classes
    self.connections = connections
    self.slots = slots
    self.interval = interval
    self.followsSchedule = followsSchedule
    var round = followsSchedule ? timing.tick : interval * slots
    if let quota = policy.message.quota {
      let allowed = timing.tick * classes / quota
      guard !followsSchedule || allowed <= round else {
        throw Impossible(
          description: "\(classes) exchanges a step are more than the policy's message.quota of \(quota): fewer classes"
        )
      }
      round = max(round, allowed)
    }
    self.round = round
  }

  /// From a round's beginning to a slot of a connection; those of the connections lie between each other.
  func offset(slot: Int, connection: Int) -> Duration {
    interval * slot + interval * connection / connections
  }

  /// Which place of a round's order a slot takes; nil where there are more slots than classes.
  func place(slot: Int, connection: Int) -> Int? {
    let place = slot * connections + connection
    return place < classes ? place : nil
  }
}
