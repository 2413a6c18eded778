import NIOCore
import NIOEmbedded
import NIOHPACK
import NIOHTTP2
import TacetTransport
import Testing

/// Whatever a client asks for arrives at the service as a call of one of its methods.
@Suite struct CallLevellerTests {
  private static let encode = "/tacet.v1.Inference/Encode"

  private func call(longest: Int = 100, most: Int = 3) throws -> Call {
    try Call(CallLeveller(methods: [Self.encode: most], fallback: Self.encode, longest: longest))
  }

  @Test func ofTheHeadersOnlyTheMethodIsLeft() throws {
    let call = try call()
    try call.headers([
      ":method": "POST", ":path": Self.encode, ":scheme": "https", "content-type": "application/grpc+proto",
      "grpc-timeout": "1m", "grpc-encoding": "gzip", "grpc-accept-encoding": "gzip", "x-request-id": "12",
      "blob-bin": "!", CallLeveller.header: "mine",
    ])
    let level: HPACKHeaders = [
      ":method": "POST", ":scheme": "https", ":path": Self.encode, "content-type": "application/grpc", "te": "trailers",
    ]
    #expect(call.headers == level)
  }

  @Test(arguments: [
    ("/tacet.v1.Inference/Nothing", "application/grpc", "names a method that is not there"),
    ("", "application/grpc", "names a method that is not there"),
    (encode, "text/html", "has a content type that is not application/grpc"),
    (encode, "", "has a content type that is not application/grpc"),
  ])
  func whatIsNoCallIsAnEmptyOneThatSaysWhy(path: String, type: String, problem: String) throws {
    let call = try call()
    try call.headers([":method": "GET", ":path": path, "content-type": type])
    try call.data(Self.message([1, 2, 3]), end: false)
    try call.data([9], end: true)
    #expect(call.headers?.first(name: ":path") == Self.encode)
    #expect(call.headers?[CallLeveller.header] == [problem])
    #expect(call.bytes.isEmpty)
    #expect(call.hasEnded)
  }

  @Test(arguments: [1, 2, 3, 7, 1000]) func messagesArriveAsTheyAre(piece: Int) throws {
    let call = try call()
    try call.begin(Self.encode)
    let messages = [[1, 2, 3], [], Array(repeating: 7, count: 100)].map { Self.message($0) }
    var rest = Array(messages.joined())[...]
    while !rest.isEmpty {
      try call.data(Array(rest.prefix(piece)), end: false)
      rest = rest.dropFirst(piece)
    }
    #expect(call.bytes == Array(messages.joined()))
    #expect(!call.hasEnded)
    try call.data([], end: true)
    #expect(call.bytes == Array(messages.joined()))
    #expect(call.hasEnded)
  }

  @Test func whatIsNoMessageArrivesAsOneThatIsRefused() throws {
    let compressed = try call()
    try compressed.begin(Self.encode)
    try compressed.data(Self.message([1, 2, 3], flag: 1), end: true)
    #expect(compressed.bytes == Self.message([]))

    let long = try call()
    try long.begin(Self.encode)
    try long.data(Self.message(Array(repeating: 1, count: 500)), end: true)
    #expect(long.bytes == Self.message(Array(repeating: 1, count: 100)))

    for cut in [1, 4, 5, 7] {
      let short = try call()
      try short.begin(Self.encode)
      try short.data(Array(Self.message([1, 2, 3]).prefix(cut)), end: true)
      #expect(short.bytes == Self.message([]))
    }

    let endless = try call()
    try endless.begin(Self.encode)
    for _ in 0..<50 { try endless.data(Self.message([1]), end: false) }
    #expect(endless.bytes == Array(repeatElement(Self.message([1]), count: 3).joined()))
    try endless.data([], end: true)
    #expect(endless.bytes == Array(repeatElement(Self.message([1]), count: 4).joined()))

    let hostile = try call()
    try hostile.begin(Self.encode)
    try hostile.data([0, 0xff, 0xff, 0xff, 0xff, 1, 2], end: true)
    #expect(hostile.bytes == Self.message([]))
  }

  private static func message(_ content: [UInt8], flag: UInt8 = 0) -> [UInt8] {
    [flag, 0, 0, UInt8(content.count >> 8), UInt8(content.count & 0xff)] + content
  }
}

/// A stream with a leveller and nothing else.
private final class Call {
  private(set) var headers: HPACKHeaders?
  private(set) var bytes: [UInt8] = []
  private(set) var hasEnded = false
  private let channel = EmbeddedChannel()

  init(_ leveller: CallLeveller) throws { try channel.pipeline.syncOperations.addHandler(leveller) }

  func begin(_ path: String) throws { try headers([":path": path, "content-type": "application/grpc"]) }

  func headers(_ headers: HPACKHeaders) throws { try arrive(.headers(.init(headers: headers))) }

  func data(_ bytes: [UInt8], end: Bool) throws {
    try arrive(.data(.init(data: .byteBuffer(ByteBuffer(bytes: bytes)), endStream: end)))
  }

  private func arrive(_ frame: HTTP2Frame.FramePayload) throws {
    try channel.writeInbound(frame)
    while let frame = try channel.readInbound(as: HTTP2Frame.FramePayload.self) {
      switch frame {
      case .headers(let frame): headers = frame.headers
      case .data(let frame):
        if case .byteBuffer(let buffer) = frame.data { bytes += buffer.readableBytesView }
        hasEnded = hasEnded || frame.endStream
      default: Issue.record("\(frame)")
      }
    }
  }
}
