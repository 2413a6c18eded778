internal import NIOCore

/// Finds the frames in one direction of an HTTP/2 connection by their headers (RFC 9113, section 4.1), without keeping the bytes.
struct HTTP2FrameScanner {
  /// A frame that is complete.
  struct Frame: Hashable {
    var type: UInt8
    var flags: UInt8
    var stream: UInt32
    /// Header and payload.
    var bytes: Int
    /// Where it ends, counted from the first byte of the connection.
    var end: Int

    var endsStream: Bool { (type == FrameType.data || type == FrameType.headers) && flags & 0x1 != 0 }
    var isAcknowledgement: Bool { flags & 0x1 != 0 }
    var endsHeaders: Bool { flags & 0x4 != 0 }
  }

  /// The frame types that matter here (RFC 9113, section 6).
  enum FrameType {
    static let data: UInt8 = 0x0
    static let headers: UInt8 = 0x1
    static let resetStream: UInt8 = 0x3
    static let settings: UInt8 = 0x4
    static let goAway: UInt8 = 0x7
    static let continuation: UInt8 = 0x9
  }

  /// The length of a frame's header.
  static let headerBytes = 9

  /// How many bytes have passed.
  private(set) var offset = 0
  private var header: [UInt8] = []
  private var frame: Frame?
  private var payloadLeft: Int

  /// - Parameter preface: how many bytes come before the first frame: 24 from a client, none from a server.
  init(preface: Int = 0) {
    payloadLeft = preface
    header.reserveCapacity(Self.headerBytes)
  }

  /// Takes the next bytes of the stream.
  /// - Returns: the frames that end within them.
  mutating func scan(_ bytes: ByteBufferView) -> [Frame] {
    var frames: [Frame] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      if payloadLeft > 0 {
        payloadLeft -= skip(&rest, payloadLeft)
      } else {
        let part = rest.prefix(Self.headerBytes - header.count)
        header += part
        _ = skip(&rest, part.count)
        if header.count == Self.headerBytes { begin() }
      }
      if payloadLeft == 0, var complete = frame {
        complete.end = offset
        frames.append(complete)
        frame = nil
      }
    }
    return frames
  }

  private mutating func skip(_ rest: inout ByteBufferView, _ most: Int) -> Int {
    let count = min(most, rest.count)
    rest = rest.dropFirst(count)
    offset += count
    return count
  }

  private mutating func begin() {
    payloadLeft = Int(number(0..<3))
    frame = Frame(
      type: header[3], flags: header[4], stream: number(5..<9) & 0x7fff_ffff, bytes: Self.headerBytes + payloadLeft,
      end: 0)
    header.removeAll(keepingCapacity: true)
  }

  private func number(_ range: Range<Int>) -> UInt32 { header[range].reduce(0) { $0 << 8 | UInt32($1) } }
}
