internal import NIOCore
internal import Synchronization
internal import TacetIdentity

/// The connections of the Workload API, held to their numbers: in all, by user, and of the users that the policy does not name.
final class CallerPlaces: Sendable {
  private struct State {
    var open: [ObjectIdentifier: any Channel] = [:]
    var strangers = 0
    var byUser: [UInt32: Int] = [:]
  }

  private let limits: WorkloadLimits
  private let grants: WorkloadGrants
  private let state = Mutex(State())

  init(limits: WorkloadLimits, grants: WorkloadGrants) {
    self.limits = limits
    self.grants = grants
  }

  /// Takes a place until the channel closes.
  /// - Returns: why there is none; nil where there was.
  func enter(_ channel: any Channel, _ caller: WorkloadCaller) -> String? {
    let isStranger = grants[caller.uid].isEmpty
    let key = ObjectIdentifier(channel)
    let refusal: String? = state.withLock { state in
      let own = state.byUser[caller.uid] ?? 0
      if state.open.count >= limits.connections { return "\(limits.connections) connections are open" }
      if own >= limits.connectionsPerUser { return "\(limits.connectionsPerUser) connections of the user are open" }
      if isStranger, state.strangers >= limits.connectionsOfStrangers {
        return "\(limits.connectionsOfStrangers) connections of users that the policy does not name are open"
      }
      state.open[key] = channel
      state.byUser[caller.uid] = own + 1
      state.strangers += isStranger ? 1 : 0
      return nil
    }
    if let refusal { return refusal }
    channel.closeFuture.whenComplete { [self] _ in
      state.withLock { state in
        state.open[key] = nil
        state.strangers -= isStranger ? 1 : 0
        let others = (state.byUser[caller.uid] ?? 1) - 1
        state.byUser[caller.uid] = others > 0 ? others : nil
      }
    }
    return nil
  }

  /// Closes all connections.
  func closeAll() {
    for channel in state.withLock({ Array($0.open.values) }) { channel.close(promise: nil) }
  }
}
