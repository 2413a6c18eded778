internal import TacetIdentity
internal import TacetWire

/// From the bytes of a request to the bytes of its answer, the same on both doors.
struct Exchange: Sendable {
  let codec: MessageCodec
  let door: any Door

  /// The answer to a frame, of exactly the same size; nil only when not even a refusal can be encoded.
  func answer(_ frame: [UInt8], from peer: PeerIdentity) async -> [UInt8]? {
    let request: Message
    do throws(WireError) {
      request = try codec.decode(frame)
      guard request.kind != .answer else { throw .field("kind", problem: "is an answer where a request belongs") }
    } catch {
      return await malformed(error, from: peer)
    }
    return encode(await door.exchange(request, from: peer), id: request.id)
  }

  /// The answer to what is no request at all.
  func malformed(_ error: WireError, from peer: PeerIdentity) async -> [UInt8]? {
    encode(await door.exchange(malformed: error, from: peer), id: 0)
  }

  private func encode(_ answer: Message, id: UInt64) -> [UInt8]? {
    var answer = answer
    answer.id = id
    if answer.kind == .answer, let bytes = try? codec.encode(answer) { return bytes }
    // The door's answer cannot be sent: the peer gets one that says so, and looks the same.
    return try? codec.encode(Message(kind: .query, id: id).answer(.unavailable, detail: "the answer cannot be sent"))
  }
}
