import Foundation
import TacetMesh
import TacetTransport
import TacetWire
import Testing

/// The gRPC door as seen by somebody on the network, and by HTTP/2 clients of others.
@Suite struct GRPCWireTests {
  private let mesh: TestMesh

  init() throws { mesh = try TestMesh() }

  /// A cell of 2,048 + 256 bytes, and one of 40,000 + 256 in three parts; each with one byte for the record's inner type, 16 for
  /// its tag, 5 for its header.
  private static let replies = [2048: [2326], 40_000: [13_441, 13_441, 13_441]]
  /// Handshake, SETTINGS and the first two calls.
  private static let preamble = 5

  private func withDoor(bytes: Int = 2048, _ body: (Endpoint, URL, MessageCodec) async throws -> Void) async throws {
    let files = try mesh.files("gateway/reader")
    defer { try? FileManager.default.removeItem(at: files) }
    let codec = try MessageCodec(bytes: bytes)
    try await withGRPCDoor(mesh.identity("gateway/g1"), door: TestDoor(), codec: codec) { _, address in
      try await body(address, files, codec)
    }
  }

  // MARK: What is seen

  @Test(.enabled(if: PythonClient.isInstalled), arguments: [2048, 40_000])
  func everyReplyIsTheSameRecordsWhateverWasAsked(bytes: Int) async throws {
    try await withDoor(bytes: bytes) { address, files, _ in
      let observer = try await Observer(port: address.port)
      let told = try await mixed(address.port, files, "--calls", "380", "--message-bytes", "\(bytes)")
      #expect(Set(told.map(\.name)).count == 19)
      // In-band: gRPC's own status is never anything but OK.
      let inBand: Set<String> = ["ok", "refused", "malformed"]
      #expect(Set(told.map(\.status)) == inBand, "\(told.filter { !inBand.contains($0.status) })")
      let seen = try await observer.exchanges().dropFirst(Self.preamble)
      #expect(seen.count >= 375)
      #expect(seen.count { $0.reply == Self.replies[bytes] } == seen.count, "\(Set(seen.map(\.reply)))")
    }
  }

  /// What encode_client.py recommends makes the requests uniform as well.
  @Test(.enabled(if: PythonClient.isInstalled))
  func everyRequestIsTheSameRecordForAClientThatHeedsTheAdvice() async throws {
    try await withDoor { address, files, _ in
      let observer = try await Observer(port: address.port)
      let told = try await mixed(address.port, files, "--calls", "300", "--level")
      #expect(Set(told.map(\.status)) == ["ok", "refused", "malformed"])
      let seen = try await observer.exchanges().dropFirst(Self.preamble)
      #expect(seen.count >= 295)
      #expect(Set(seen.map(\.request)).count == 1, "\(Set(seen.map(\.request)))")
      #expect(Set(seen.map(\.reply)) == [Self.replies[2048]])
      #expect(seen.first?.request.count == 1)
    }
  }

  private func mixed(
    _ port: Int, _ files: URL, _ arguments: String...
  ) async throws -> [(name: String, status: String)] {
    let (status, output) = try await PythonClient.run(port, files, arguments, script: "mixed_calls.py")
    #expect(status == 0, "\(output)")
    let line = output.split(separator: "\n").last.map(String.init) ?? ""
    let calls = try JSONDecoder().decode([[String]].self, from: Data(line.utf8))
    return calls.compactMap { $0.count == 2 ? ($0[0], $0[1]) : nil }
  }

  // MARK: Other clients

  /// curl (nghttp2) and Go's own HTTP/2 take no offence at frames that they do not know.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")))
  func curlIsAnswered() async throws {
    try await withDoor { address, files, codec in
      let request = files.appending(path: "request")
      let frame = try codec.encode(Message(kind: .cover, id: 7))
      try Data([0, 0, 0, 8, 0] + frame).write(to: request)
      let answers = (1...3).map { files.appending(path: "answer-\($0)") }
      let path = { (name: String) in files.appending(path: name).path }
      var arguments = [
        "--silent", "--show-error", "--http2", "--cacert", path("bundle.pem"), "--cert", path("cert.pem"), "--key",
        path("key.pem"), "--header", "content-type: application/grpc", "--header", "te: trailers", "--data-binary",
        "@\(request.path)",
      ]
      for answer in answers {
        arguments += ["https://localhost:\(address.port)/tacet.v1.Inference/Encode", "--output", answer.path]
      }
      let (status, output) = try await Command("/usr/bin/curl", arguments).end()
      #expect(status == 0, "\(output)")
      for answer in answers {
        let bytes = try [UInt8](Data(contentsOf: answer))
        #expect(bytes.count == 2053)
        #expect(try codec.decode(Array(bytes.dropFirst(5))).id == 7)
      }
    }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/go")), .timeLimit(.minutes(2)))
  func goIsAnswered() async throws {
    try await withDoor { address, files, codec in
      let request = files.appending(path: "request")
      try Data([0, 0, 0, 8, 0] + codec.encode(Message(kind: .cover, id: 7))).write(to: request)
      let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Interop/http2_calls.go").standardized.path
      let (status, output) = try await Command(
        "/usr/bin/go",
        ["run", program, "https://localhost:\(address.port)/tacet.v1.Inference/Encode", files.path, request.path, "64"]
      ).end()
      #expect(status == 0, "\(output)")
      #expect(output.contains("64 answers of 2053 bytes"), "\(output)")
    }
  }
}
