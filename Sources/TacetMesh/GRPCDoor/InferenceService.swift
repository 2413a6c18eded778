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
  let departures: Departures
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
  /// is the call's. It leaves when the last has been here for its time, whatever became of the answers.
  /// - Throws: a gRPC status for a peer that is unknown or whose certificate holds no longer, and for nothing else.
  private func encode(
    _ request: StreamingServerRequest<[UInt8]>, upTo limit: Int, of kind: Message.Kind? = nil
  ) async throws -> [UInt8] {
    let turn = GRPCTurn(exchange: exchange, departures: departures)
    defer { turn.end() }
    var count = 0
    for try await frame in request.messages {
      let peer = try peer(of: request)
      count += 1
      guard count <= limit else {
        turn.take(.malformed(.field("call", problem: "has more than \(limit) tensors")), from: peer)
        break
      }
      let opened = exchange.open(frame)
      if let kind, let message = opened.message, message.kind != kind {
        turn.take(.malformed(.field("kind", problem: "is not \(kind)")), from: peer)
      } else {
        turn.take(opened, from: peer)
      }
    }
    if count == 0 {
      let problem = request.metadata[stringValues: CallLeveller.header].first { _ in true } ?? "has no tensor"
      turn.take(.malformed(.field("call", problem: problem)), from: try peer(of: request))
    }
    guard let cell = try await turn.reply() else { throw RPCError(code: .internalError, message: "no answer") }
    trace(cell, of: request)
    return cell.bytes
  }

  private func trace(_ cell: Cell, of request: StreamingServerRequest<[UInt8]>) {
    guard let log = departures.trace, let number = peers.connection(stamps: stamps(of: request)),
      let (channel, _) = peers.connection(number), let client = Endpoint(channel.remoteAddress),
      let server = Endpoint(channel.localAddress)
    else { return }
    let call = peers.countCall(ofConnection: number)
    log.record(
      ExchangeLabel(
        client: "\(client)", server: "\(server)", door: "grpc", request: call, reply: call, class: cell.trace))
  }

  private func stamps(of request: StreamingServerRequest<[UInt8]>) -> some Sequence<String> {
    request.metadata[stringValues: GRPCPeers<HandshakeOutcome>.header]
  }

  private func peer(of request: StreamingServerRequest<[UInt8]>) throws -> PeerIdentity {
    guard let number = peers.connection(stamps: stamps(of: request)), let (channel, outcome) = peers.connection(number),
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
