import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import TacetMesh
import TacetTransport
import TacetWire

/// Runs a gRPC door for the time of a test.
func withGRPCDoor(
  _ identity: MeshIdentity, door: some Door = TestDoor(), codec: MessageCodec,
  departures: Departures = Departures(.atOnce),
  _ body: (GRPCDoor, Endpoint) async throws -> Void
) async throws {
  let server = try GRPCDoor(
    identity: identity, codec: codec, door: door, departures: departures,
    address: Endpoint(host: "127.0.0.1", port: 0))
  let task = Task { try await server.run() }
  do {
    try await body(server, Endpoint(host: "127.0.0.1", port: server.boundPort))
  } catch {
    task.cancel()
    throw error
  }
  task.cancel()
  _ = await task.result
}

/// gRPC Swift's own client with its stock transport, of the identity in a folder.
func withInferenceClient(
  _ address: Endpoint, _ files: URL,
  _ body: (Tacet_V1_Inference.Client<HTTP2ClientTransport.Posix>) async throws -> Void
) async throws {
  let path = { (name: String) in files.appending(path: name).path }
  let transport = try HTTP2ClientTransport.Posix(
    target: .ipv4(address: "127.0.0.1", port: address.port),
    transportSecurity: .mTLS(
      certificateChain: [.file(path: path("cert.pem"), format: .pem)],
      privateKey: .file(path: path("key.pem"), format: .pem)
    ) {
      $0.trustRoots = .certificates([.file(path: path("bundle.pem"), format: .pem)])
      $0.serverCertificateVerification = .noHostnameVerification
    })
  try await withGRPCClient(transport: transport) { client in
    try await body(Tacet_V1_Inference.Client(wrapping: client))
  }
}
