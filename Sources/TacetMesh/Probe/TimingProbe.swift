package import Foundation
internal import NIOCore
internal import Synchronization
internal import TacetIdentity
internal import TacetPolicy
internal import TacetTransport
internal import TacetWire

/// Asks a node, as one identity, everything that this identity can, again and again in random order, and writes down what an observer
/// would see.
package struct TimingProbe: Sendable {
  private let target: ProbeTarget
  private let classes: [ProbeClass]
  private let plan: ProbePlan
  private let schedule: Schedule?
  private let site: String
  /// For each round the order of the classes. The first round only warms up.
  private let orders: [[Int]]

  /// Longer than any reply takes.
  private static let patience = TimeAmount.seconds(10)
  /// A connection that was lost is opened again after so long.
  private static let pause = Duration.milliseconds(100)
  /// So often in a row; then the node counts as not reachable.
  private static let mostAttempts = 20

  /// - Parameters:
  ///   - schedule: of the node; needed where the plan follows it.
  ///   - site: for whom it speaks.
  ///   - rounds: exchanges of each class.
  package init(
    target: ProbeTarget, classes: [ProbeClass], plan: ProbePlan, schedule: Schedule?, site: String, rounds: Int
  ) {
    self.target = target
    self.classes = classes
    self.plan = plan
    self.schedule = schedule
    self.site = site
    orders = (0...max(0, rounds)).map { _ in classes.indices.shuffled() }
  }

  /// When round 0 begins, on both clocks, and the step it is in.
  private struct Origin {
    let moment: NIODeadline
    let step: Int
  }

  /// Runs to the end of the last round.
  /// - Parameter progress: told how many rounds have begun.
  /// - Returns: the connections; one that was lost is followed by another.
  /// - Throws: `TransportError` when the node cannot be reached or refuses, `CancellationError`.
  package func run(progress: @escaping @Sendable (Int) -> Void) async throws -> [ProbedConnection] {
    // All handshakes first: the rounds begin together.
    let opened = try await withThrowingTaskGroup(of: Opened.self) { group in
      for _ in 0..<plan.connections { group.addTask { try await open() } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let origin = begin()
    let asked = AskedSteps()
    return try await withThrowingTaskGroup(of: [ProbedConnection].self) { group in
      for (number, connection) in opened.enumerated() {
        group.addTask {
          var session = Session(number: number)
          session.take(connection, codec: target.codec)
          return try await run(&session, from: origin, asked, progress: number == 0 ? progress : { _ in })
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }

  /// A connection, and its first exchange.
  private struct Opened {
    let channel: ProbeChannel
    let first: ProbeHandler.Observation
  }

  /// A connection that has answered once: in TLS 1.3 a client learns only then that its certificate is accepted.
  private func open() async throws -> Opened {
    let channel = try await target.connect()
    let frame = try ProbeClass.cover.frame(step: 0, site: site, codec: target.codec)
    let first = try await channel.exchange(frame, at: .now(), timeout: Self.patience)
    guard first.frame != nil else {
      throw TransportError.handshakeFailed(
        target.address, reason: "the peer does not accept this node's certificate, or does not answer")
    }
    return Opened(channel: channel, first: first)
  }

  private func begin() -> Origin {
    let lead = 0.05
    guard plan.followsSchedule, let schedule else { return Origin(moment: .now() + .milliseconds(50), step: 0) }
    let now = Date()
    let step = max(0, schedule.step(at: now + lead) + 1)
    // Beyond the boundary by half of the tenth that the plan leaves free.
    let start = schedule.date(of: step).addingTimeInterval(schedule.tick.seconds / 20)
    return Origin(moment: .now() + .nanoseconds(Int64(start.timeIntervalSince(now) * 1e9)), step: step)
  }

  // MARK: One connection

  private struct Session {
    var channel: ProbeChannel?
    let number: Int
    var finished: [ProbedConnection] = []
    var current = ProbedConnection()

    init(number: Int) { self.number = number }

    mutating func take(_ opened: Opened, codec: MessageCodec) {
      channel = opened.channel
      current.client = Endpoint(opened.channel.channel.localAddress).map { "\($0)" } ?? ""
      current.server = Endpoint(opened.channel.channel.remoteAddress).map { "\($0)" } ?? ""
      current.note(opened.first, label: nil, codec: codec)
    }

    mutating func end() {
      channel = nil
      if !current.exchanges.isEmpty { finished.append(current) }
      current = ProbedConnection()
    }
  }

  private func run(
    _ session: inout Session, from origin: Origin, _ asked: AskedSteps, progress: (Int) -> Void
  ) async throws -> [ProbedConnection] {
    for (round, order) in orders.enumerated() {
      progress(round)
      for slot in 0..<plan.slots {
        guard let place = plan.place(slot: slot, connection: session.number) else { continue }
        let offset = plan.round * round + plan.offset(slot: slot, connection: session.number)
        try await exchange(
          classes[order[place]], round: round, at: origin.moment + TimeAmount(offset), step: origin.step + round, asked,
          &session)
      }
    }
    if let channel = session.channel { await channel.close() }
    session.end()
    return session.finished
  }

  /// One slot. One whose moment is over is left out: nothing is made up for.
  private func exchange(
    _ kind: ProbeClass, round: Int, at moment: NIODeadline, step: Int, _ asked: AskedSteps, _ session: inout Session
  ) async throws {
    try Task.checkCancellation()
    guard let channel = try await channel(of: &session), moment > .now() else { return }
    let named = kind.needsKnownStep ? step - 1 : step
    let frame = try kind.frame(step: named, site: site, codec: target.codec)
    let observation = try await channel.exchange(frame, at: moment, timeout: Self.patience)
    var label: String? = round == 0 ? nil : kind.name
    switch kind {
    case .miss(let model) where observation.frame != nil: asked.insert(model, step)
    // What nobody has asked before, because that slot was left out, is no hit.
    case .hit(let model) where !asked.contains(model, named): label = nil
    default: break
    }
    session.current.note(observation, label: label, codec: target.codec)
    if observation.frame == nil { session.end() }
  }

  /// The connection, opened anew where it was lost.
  private func channel(of session: inout Session) async throws -> ProbeChannel? {
    if let channel = session.channel, channel.isActive { return channel }
    session.end()
    for attempt in 1...Self.mostAttempts {
      try await Task.sleep(for: Self.pause)
      do {
        session.take(try await open(), codec: target.codec)
        return session.channel
      } catch {
        if attempt == Self.mostAttempts { throw error }
      }
    }
    return nil
  }
}

extension ProbedConnection {
  fileprivate mutating func note(_ observation: ProbeHandler.Observation, label: String?, codec: MessageCodec) {
    if !exchanges.isEmpty { exchanges[exchanges.count - 1].reply += observation.early }
    let status = observation.frame.flatMap { try? codec.decode($0) }?.status
    exchanges.append(
      ProbedExchange(
        label: label, request: observation.request, reply: observation.reply,
        departure: observation.departure.seconds, arrival: (observation.arrival ?? observation.departure).seconds,
        status: status))
  }
}

extension NIODeadline {
  /// Of the clock that deadlines have.
  fileprivate var seconds: Double { Double(uptimeNanoseconds) * 1e-9 }
}

/// Which steps a model was asked about.
private final class AskedSteps: Sendable {
  private let steps = Mutex<[ProbeModel: Set<Int>]>([:])

  func contains(_ model: ProbeModel, _ step: Int) -> Bool {
    steps.withLock { $0[model]?.contains(step) ?? false }
  }

  func insert(_ model: ProbeModel, _ step: Int) {
    steps.withLock { steps in
      steps[model] = steps[model, default: []].filter { $0 > step - 3 }.union([step])
    }
  }
}
