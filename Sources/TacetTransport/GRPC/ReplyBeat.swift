package import NIOCore

/// When the replies of a gRPC server leave.
package struct ReplyBeat: Sendable {
  /// From the end of a request to its reply; called once for each request.
  let delay: @Sendable () -> Duration
  /// Called when a reply was not ready at its moment and waits for a further one; once for each request.
  let missed: @Sendable () -> Void

  /// - Parameters:
  ///   - delay: from the end of a request to its reply; drawn anew for each.
  ///   - missed: called, on the connection's event loop, when a reply was not ready at its moment.
  package init(delay: @escaping @Sendable () -> Duration, missed: @escaping @Sendable () -> Void = {}) {
    self.delay = delay
    self.missed = missed
  }
}

/// The requests of one connection that wait for their replies, and the moments at which replies leave: one for each request.
///
/// A moment belongs to no reply: whichever is first in the order of HTTP/2 takes the next one, and no onlooker can tell.
struct ReplyMoments {
  /// What a moment that has come is for.
  enum Turn: Hashable { case reply, filler, missed }

  private struct Moment {
    let time: NIODeadline
    /// Whether it stands for one that no reply was ready for.
    let isFurther: Bool
  }

  private let beat: ReplyBeat?
  private var moments: [Moment] = []
  private var arriving: Set<UInt32> = []
  private var awaited: Set<UInt32> = []
  /// Answered before they were complete; the last ones.
  private var early = CircularBuffer<UInt32>()
  private var fillers = 0

  /// How many requests are kept count of; HTTP/2 permits far fewer at once.
  private static let most = 1024

  /// - Parameter beat: without one there are no moments.
  init(beat: ReplyBeat?) { self.beat = beat }

  /// The next one.
  var next: NIODeadline? { moments.first?.time }

  /// Whether a request has begun and is not answered.
  var isAwaitingReplies: Bool { !awaited.isEmpty || !arriving.isEmpty }

  /// A request has begun.
  mutating func requestBegan(_ stream: UInt32) {
    if arriving.count < Self.most { arriving.insert(stream) }
  }

  /// A request is complete.
  mutating func requestEnded(_ stream: UInt32, at now: NIODeadline) {
    arriving.remove(stream)
    if let index = early.firstIndex(of: stream) {
      early.remove(at: index)
    } else if awaited.count < Self.most, awaited.insert(stream).inserted {
      add(after: now)
    }
  }

  /// A client wants no reply any more: filling leaves in its place.
  mutating func requestWithdrawn(_ stream: UInt32) {
    arriving.remove(stream)
    if awaited.remove(stream) != nil, beat != nil { fillers += 1 }
  }

  /// A reply is ready.
  mutating func replied(_ stream: UInt32, at now: NIODeadline) {
    arriving.remove(stream)
    if awaited.remove(stream) != nil { return }
    early.append(stream)
    if early.count > Self.most { early.removeFirst() }
    add(after: now)
  }

  /// Takes a moment that has come.
  /// - Parameter isReady: whether a reply is there to leave.
  /// - Returns: what it is for; nil when none has come.
  mutating func turn(at now: NIODeadline, isReady: Bool) -> Turn? {
    guard let first = moments.first, first.time <= now else { return nil }
    moments.removeFirst()
    if isReady { return .reply }
    if fillers > 0 {
      fillers -= 1
      return .filler
    }
    if !first.isFurther { beat?.missed() }
    add(after: first.time > now - .seconds(1) ? first.time : now, isFurther: true)
    return .missed
  }

  private mutating func add(after moment: NIODeadline, isFurther: Bool = false) {
    guard let beat else { return }
    // Never none at all: one that is missed must come again later.
    let new = moment + TimeAmount(max(beat.delay(), .milliseconds(1)))
    moments.insert(
      Moment(time: new, isFurther: isFurther), at: moments.firstIndex { $0.time > new } ?? moments.endIndex)
  }
}
