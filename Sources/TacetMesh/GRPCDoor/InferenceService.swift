internal import Foundation
internal import GRPCCore
internal import TacetIdentity
internal import TacetTransport
internal import TacetWire

/// `tacet.v1.Inference` as bytes: what gRPC delivers goes to the same codec as the frames of the link, so the size that
/// counts is the size on the wire.
struct InferenceService: RegistrableRPCService {
  let identity: MeshIdentity
  let exchange: Exchange
  let peers: GRPCPeers<HandshakeOutcome>
  let entrance: Entrance

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerHandler(
      forMethod: Tacet_V1_Inference.Method.Encode.descriptor,
      deserializer: FrameCoding(),
      serializer: FrameCoding()
    ) { request, _ in
      let answer = try await encode(request, upTo: entrance.limits.tensorsPerCall)
      return StreamingServerResponse(single: ServerResponse(message: answer))
    }
    router.registerHandler(
      forMethod: Tacet_V1_Inference.Method.Audit.descriptor,
      deserializer: FrameCoding(),
      serializer: FrameCoding()
    ) { request, _ in
      let answer = try await encode(request, upTo: 1, of: .audit)
      return StreamingServerResponse(single: ServerResponse(message: answer))
    }
  }

  /// Takes the tensors of a call in order, `limit` at most and all of `kind` where one is given; the answer to the last one
  /// is the call's.
  /// - Throws: a gRPC status for a peer that is unknown or whose certificate holds no longer, and for nothing else.
  private func encode(
    _ request: StreamingServerRequest<[UInt8]>, upTo limit: Int, of kind: Message.Kind? = nil
  ) async throws -> [UInt8] {
    var answer: [UInt8]?
    var count = 0
    for try await frame in request.messages {
      let peer = try peer(of: request)
      count += 1
      guard count <= limit else { return try await malformed("more than \(limit) tensors in a call", from: peer) }
      if let kind, let message = try? exchange.codec.decode(frame), message.kind != kind {
        return try await malformed("a tensor that is not of kind \(kind)", from: peer)
      }
      answer = await exchange.answer(frame, from: peer)
    }
    if let answer { return answer }
    let problem = request.metadata[stringValues: CallLeveller.header].first { _ in true }
    return try await malformed(problem ?? "no tensor in the call", from: try peer(of: request))
  }

  private func malformed(_ problem: String, from peer: PeerIdentity) async throws -> [UInt8] {
    guard let answer = await exchange.malformed(.field("call", problem: problem), from: peer) else {
      throw RPCError(code: .internalError, message: "no answer")
    }
    return answer
  }

  private func peer(of request: StreamingServerRequest<[UInt8]>) throws -> PeerIdentity {
    let stamps = request.metadata[stringValues: GRPCPeers<HandshakeOutcome>.header]
    guard let number = peers.connection(stamps: stamps), let (channel, outcome) = peers.connection(number),
      let peer = outcome.peer
    else {
      throw RPCError(code: .unauthenticated, message: "the connection has no verified peer")
    }
    if let rejection = identity.review(peer) {
      entrance.cut(channel, outcome, because: rejection)
      throw RPCError(code: .unauthenticated, message: "the certificate holds no longer")
    }
    return peer
  }
}

/// Hands bytes through.
struct FrameCoding: MessageSerializer, MessageDeserializer {
  func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes {
    Bytes(message)
  }

  func deserialize<Bytes: GRPCContiguousBytes>(_ serializedMessageBytes: Bytes) throws -> [UInt8] {
    serializedMessageBytes.withUnsafeBytes { Array($0) }
  }
}
