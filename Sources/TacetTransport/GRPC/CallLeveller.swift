package import NIOCore
internal import NIOHPACK
package import NIOHTTP2

/// First in every HTTP/2 stream of a gRPC server that answers everything alike: whatever a client asks for arrives at the service
/// as a call of one of its methods, and the service says in its reply what was wrong.
///
/// gRPC itself would end such calls with a status of its own or reset them, which look different. So of the headers only the
/// method is left; a method that is none becomes ``fallback``, with ``header`` saying why and without its messages; a message
/// that is compressed, or cut off, arrives as an empty one; one longer than the longest is cut there; of more than a call may have
/// one arrives, at the call's end, so that this call too is answered after it.
package final class CallLeveller: ChannelInboundHandler {
  package typealias InboundIn = HTTP2Frame.FramePayload
  package typealias InboundOut = HTTP2Frame.FramePayload

  /// The name of the header that says what is wrong with a call.
  package static let header = "tacet-problem"

  private let methods: [String: Int]
  private let fallback: String
  private var messages: CallMessages?
  private var hasBegun = false

  /// - Parameters:
  ///   - methods: the paths of the service's methods, and how many messages a call of each may have.
  ///   - fallback: the method that answers calls of any other path.
  ///   - longest: how long a message may be to arrive as it is.
  package init(methods: [String: Int], fallback: String, longest: Int) {
    self.methods = methods
    self.fallback = fallback
    messages = CallMessages(longest: longest)
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .headers(let frame) where !hasBegun: begin(frame, context)
    case .headers(let frame): pass(ByteBuffer(), end: frame.endStream, context)
    case .data(let frame):
      guard case .byteBuffer(let bytes) = frame.data else { return }
      pass(bytes, end: frame.endStream, context)
    default: context.fireChannelRead(data)
    }
  }

  private func begin(_ frame: HTTP2Frame.FramePayload.Headers, _ context: ChannelHandlerContext) {
    hasBegun = true
    let path = frame.headers.first(name: ":path") ?? ""
    let problem = problem(of: frame.headers, path)
    if problem == nil { messages?.most = methods[path] ?? 0 } else { messages = nil }
    var headers: HPACKHeaders = [
      ":method": "POST", ":scheme": "https", ":path": problem == nil ? path : fallback,
      "content-type": "application/grpc", "te": "trailers",
    ]
    if let problem { headers.add(name: Self.header, value: problem) }
    context.fireChannelRead(wrapInboundOut(.headers(.init(headers: headers, endStream: frame.endStream))))
  }

  private func problem(of headers: HPACKHeaders, _ path: String) -> String? {
    if methods[path] == nil { return "names a method that is not there" }
    let type = headers.first(name: "content-type") ?? ""
    return type.hasPrefix("application/grpc") ? nil : "has a content type that is not application/grpc"
  }

  private func pass(_ bytes: ByteBuffer, end: Bool, _ context: ChannelHandlerContext) {
    let level = messages?.append(bytes, end: end) ?? ByteBuffer()
    guard end || level.readableBytes > 0 else { return }
    context.fireChannelRead(wrapInboundOut(.data(.init(data: .byteBuffer(level), endStream: end))))
  }
}

/// The messages of one call (length-prefixed, as in gRPC over HTTP/2), made such that gRPC accepts each.
struct CallMessages {
  /// How many may come.
  var most = 1
  private let longest: Int
  private var header: [UInt8] = []
  private var left = 0
  private var room = 0
  private var current = ByteBuffer()
  private var surplus: ByteBuffer?
  private var count = 0

  /// A flag, 0 for a message that is not compressed, and four bytes of length.
  private static let headerBytes = 5

  init(longest: Int) { self.longest = longest }

  /// Takes bytes of the call.
  /// - Returns: the messages that they complete.
  mutating func append(_ bytes: ByteBuffer, end: Bool) -> ByteBuffer {
    var bytes = bytes
    var out = ByteBuffer()
    while bytes.readableBytes > 0 {
      if header.count < Self.headerBytes {
        header += bytes.readBytes(length: min(Self.headerBytes - header.count, bytes.readableBytes)) ?? []
        if header.count == Self.headerBytes { begin() }
      } else {
        take(&bytes)
      }
      if header.count == Self.headerBytes, left == 0 { finish(&out) }
    }
    guard end else { return out }
    if !header.isEmpty {
      current.clear()
      finish(&out)
    }
    if var surplus { out.writeBuffer(&surplus) }
    surplus = nil
    return out
  }

  private mutating func begin() {
    left = header.dropFirst().reduce(0) { $0 << 8 | Int($1) }
    room = header.first == 0 ? longest : 0
  }

  private mutating func take(_ bytes: inout ByteBuffer) {
    let part = min(left, bytes.readableBytes)
    left -= part
    guard var slice = bytes.readSlice(length: part) else { return }
    let kept = min(room, part)
    room -= kept
    if var head = slice.readSlice(length: kept) { current.writeBuffer(&head) }
  }

  private mutating func finish(_ out: inout ByteBuffer) {
    header.removeAll(keepingCapacity: true)
    left = 0
    count += 1
    defer { current.clear() }
    guard count <= most + 1 else { return }
    var message = ByteBuffer()
    message.writeInteger(UInt8(0))
    message.writeInteger(UInt32(current.readableBytes))
    message.writeBuffer(&current)
    if count <= most { out.writeBuffer(&message) } else { surplus = message }
  }
}
