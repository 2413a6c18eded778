import NIOCore

/// HTTP/2 frames as bytes, made and taken apart by hand.
struct Frame: Hashable {
  var type: UInt8
  var flags: UInt8 = 0
  var stream: UInt32 = 0
  var payload: [UInt8] = []

  static let endStream: UInt8 = 0x1
  static let endHeaders: UInt8 = 0x4
  static let fillerType: UInt8 = 0xf0

  var bytes: [UInt8] {
    let length = UInt32(payload.count)
    let numbers = [UInt8(length >> 16), UInt8(length >> 8 & 0xff), UInt8(length & 0xff), type, flags]
    return numbers + (0..<4).map { UInt8(stream >> (24 - 8 * $0) & 0xff) } + payload
  }

  static func headers(_ stream: UInt32, _ count: Int = 3, end: Bool = false) -> Self {
    Self(
      type: 1, flags: endHeaders | (end ? endStream : 0), stream: stream, payload: Array(repeating: 0x88, count: count))
  }

  static func data(_ stream: UInt32, _ count: Int, end: Bool = false) -> Self {
    Self(type: 0, flags: end ? endStream : 0, stream: stream, payload: (0..<count).map { UInt8($0 & 0xff) })
  }

  static func reset(_ stream: UInt32) -> Self { Self(type: 3, stream: stream, payload: [0, 0, 0, 8]) }
  static let settings = Self(type: 4, payload: [0, 4, 0, 16, 0, 0])
  static let settingsAcknowledged = Self(type: 4, flags: 1)
  static let pong = Self(type: 6, flags: 1, payload: [1, 2, 3, 4, 5, 6, 7, 8])
  static let goAway = Self(type: 7, payload: [0, 0, 0, 0, 0, 0, 0, 0])
  static func window(_ stream: UInt32) -> Self { Self(type: 8, stream: stream, payload: [0, 0, 1, 0]) }

  /// A whole reply.
  static func reply(_ stream: UInt32, headers: Int = 3, message: Int, trailers: Int = 16) -> [Self] {
    [.headers(stream, headers), .data(stream, message + 5), .headers(stream, trailers, end: true)]
  }

  /// Takes a stream of frames apart; a frame that is cut off is left out.
  static func parse(_ bytes: [UInt8]) -> [Self] {
    var frames: [Self] = []
    var rest = bytes[...]
    while rest.count >= 9 {
      let header = Array(rest.prefix(9))
      let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
      guard rest.count >= 9 + length else { break }
      let stream = header[5...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      let payload = Array(rest.dropFirst(9).prefix(length))
      frames.append(Self(type: header[3], flags: header[4], stream: stream, payload: payload))
      rest = rest.dropFirst(9 + length)
    }
    return frames
  }
}

extension Sequence<Frame> {
  var bytes: [UInt8] { flatMap(\.bytes) }
}
