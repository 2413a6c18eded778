internal import TacetIdentity
internal import TacetWire

/// From the bytes of a request to the bytes of its answer, the same on both doors.
struct Exchange: Sendable {
  let codec: MessageCodec
  let door: any Door
  /// Whether the hidden classes of exchanges are written down, and so worth their words.
  let isTraced: Bool

  /// What bytes that arrived turned out to be.
  func open(_ frame: [UInt8]) -> Request {
    do throws(WireError) {
      let message = try codec.decode(frame)
      guard message.kind != .answer else { throw .field("kind", problem: "is an answer where a request belongs") }
      return .message(message)
    } catch {
      return .malformed(error)
    }
  }

  /// The answer; nil only when not even a refusal can be encoded.
  func answer(_ request: Request, from peer: PeerIdentity) async -> Cell? {
    switch request {
    case .message(let message):
      let reply = await door.exchange(message, from: peer)
      return cell(reply.message, to: request, trace: reply.trace)
    case .malformed(let error):
      return cell(request.asked.answer(.malformed, detail: "\(error)"), to: request)
    }
  }

  /// What leaves in place of an answer that is not ready, or that there is no room to make; the same work for every request.
  func substitute(_ status: Message.Status, for request: Request) -> Cell? {
    cell(request.asked.answer(status), to: request)
  }

  private func cell(_ answer: Message, to request: Request, trace: String? = nil) -> Cell? {
    let asked = request.asked
    var answer = answer
    answer.id = asked.id
    let trace = isTraced ? request.trace(trace ?? "\(answer.status)") : ""
    let isCover = asked.kind == .cover
    if answer.kind == .answer, let bytes = try? codec.encode(answer) {
      return Cell(bytes: bytes, trace: trace, isCover: isCover)
    }
    // The door's answer cannot be sent: the peer gets one that says so, and looks the same.
    let substitute = asked.answer(.failed, detail: "the answer cannot be sent")
    return (try? codec.encode(substitute)).map { Cell(bytes: $0, trace: trace, isCover: isCover) }
  }
}

/// What has arrived: a request, or bytes that are none.
enum Request: Sendable {
  case message(Message)
  case malformed(WireError)

  var message: Message? {
    if case .message(let message) = self { message } else { nil }
  }

  /// The hidden class of its exchange.
  func trace(_ outcome: String) -> String {
    "\(message.map { "\($0.kind)" } ?? "bytes")/\(outcome)"
  }

  /// What is answered: of what was no request, one that asks for nothing in particular.
  var asked: Message { message ?? Message(kind: .query) }
}

/// A reply as bytes of the one message size.
struct Cell: Sendable, Hashable {
  let bytes: [UInt8]
  /// The hidden class of the exchange: `KIND/STATUS`, or a word of the service in place of the status; empty where nobody asks.
  let trace: String
  /// Whether it answers a request that asked for nothing.
  let isCover: Bool
}
