internal import NIOCore
internal import Synchronization
internal import TacetTransport
internal import TacetWire

/// The bytes of a request, made before it is its turn, and the id inside: the same for no two requests of a client, over all its
/// connections.
struct LinkCell: Sendable {
  let id: UInt64
  let frame: [UInt8]

  /// - Throws: ``WireError``.
  init(_ message: Message, id: UInt64, by codec: MessageCodec) throws(WireError) {
    var message = message
    message.id = id
    self.id = id
    frame = try codec.encode(message)
  }
}

/// Numbers the requests of a client.
final class LinkNumbers: Sendable {
  private let last = Atomic<UInt64>(0)

  /// 1, 2, 3, …
  func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// A request on its way and where its answer goes, or a cell that says nothing. Confined to its link's event loop.
///
/// It waits for its turn → is sent → is answered; it may be over before, when nobody waits for it any more. A late answer stands in for
/// the answer itself, which may follow.
final class LinkRequest {
  let cell: LinkCell
  /// Whether the peer has answered, if only that it will be late.
  private(set) var isAnswered = false
  /// Whether nobody waits any more.
  private(set) var isOver = false
  /// Whether the peer said that the answer comes later.
  var isLate: Bool { late != nil }
  /// Called once nobody waits any more.
  var whenOver: ((LinkRequest) -> Void)?

  private let exchange: Exchange?
  private var late: Message?

  /// Who waits for the answer.
  struct Exchange: Sendable {
    /// The id that the request was given by who asks.
    let id: UInt64
    let promise: EventLoopPromise<Message>
  }

  /// - Parameter exchange: nil for a cell that says nothing.
  init(_ cell: LinkCell, exchange: Exchange?) {
    self.cell = cell
    self.exchange = exchange
  }

  /// Whether it says nothing.
  var isCover: Bool { exchange == nil }

  /// Takes the peer's answer.
  /// - Parameter waits: whether the answer itself may follow one that is late.
  /// - Returns: whether that was all.
  func take(_ answer: Message, waits: Bool) -> Bool {
    isAnswered = true
    guard let exchange else { return true }
    var answer = answer
    answer.id = exchange.id
    if waits, answer.status == .late {
      late = answer
      return false
    }
    exchange.promise.succeed(answer)
    return true
  }

  /// Gives up: with the late answer, where that is all that came.
  func fail(_ error: TransportError) {
    if let late {
      exchange?.promise.succeed(late)
    } else {
      exchange?.promise.fail(error)
    }
  }

  /// Its promise is kept or broken.
  func end() {
    isOver = true
    whenOver?(self)
    whenOver = nil
  }
}
