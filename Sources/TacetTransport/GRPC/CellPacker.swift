internal import NIOCore

/// Packs the frames that an HTTP/2 server sends into cells of one shape, in order: a reply is a cell, whatever it says.
///
/// What a cell has left is filled with frames of a type that HTTP/2 does not know, which every receiver must ignore (RFC 9113,
/// sections 4.1 and 5.5). A gap too short for a frame's header is filled with the beginning of one; the rest of it opens the
/// next cell.
struct CellPacker {
  /// Filled to its size, and the promises of the writes that are complete with it.
  struct Cell {
    var records: [ByteBuffer]
    var promises: [EventLoopPromise<Void>]
  }

  /// Where a cell ends.
  struct Boundary: Hashable {
    /// Counted from the first byte of the connection.
    let end: Int
    /// Whether the cell is a reply and has a moment to leave at; any other leaves as soon as it can.
    let isReply: Bool
  }

  /// The type of the filling frames: one of those set aside for experiments (RFC 7540, section 11.2), which nobody may give a meaning.
  static let fillerType: UInt8 = 0xf0

  private let shape: CellShape
  private var scanner = HTTP2FrameScanner()
  /// What was written and has not left.
  private var queue = ByteBuffer()
  private var promises = CircularBuffer<(end: Int, promise: EventLoopPromise<Void>)>()
  private var boundaries = CircularBuffer<Boundary>()
  /// The last streams whose reply is complete: a RST_STREAM of one of them is no reply of its own.
  private var answered = CircularBuffer<UInt32>()
  /// The rest of a filling frame's header.
  private var owed: ArraySlice<UInt8> = []
  /// Whether what has left ends amid a frame.
  private var isWithinFrame = false
  private var isWithinHeaders = false
  private var repliesWithHeaders = false
  private var controlBytes = 0

  /// Offsets from the first byte of the connection: what has left, where the last frame written ends, the same at the last
  /// flush, all that was written before the last flush, where the last cell will end.
  private var sent = 0
  private var framed = 0
  private var flushed = 0
  private var pushed = 0
  private var bounded = 0

  init(shape: CellShape) { self.shape = shape }

  // MARK: In

  /// Takes what is written, in any pieces.
  /// - Returns: the streams whose replies it completes.
  mutating func append(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>?) -> [UInt32] {
    var bytes = bytes
    let frames = scanner.scan(bytes.readableBytesView)
    queue.writeBuffer(&bytes)
    if let promise { promises.append((scanner.offset, promise)) }
    return frames.compactMap { place($0) }
  }

  /// What was written may leave.
  mutating func flush() {
    flushed = framed
    pushed = scanner.offset
  }

  /// Finds the place of a frame among the cells.
  /// - Returns: its stream, if it completes a reply.
  private mutating func place(_ frame: HTTP2FrameScanner.Frame) -> UInt32? {
    let reply = completesReply(frame)
    if frame.type == HTTP2FrameScanner.FrameType.headers || isWithinHeaders { isWithinHeaders = !frame.endsHeaders }
    defer { if !isWithinHeaders { framed = frame.end } }
    if reply {
      bound(frame.end, isReply: true)
      remember(frame.stream)
      return frame.stream
    }
    if frame.isUrgent {
      bound(frame.end, isReply: false)
    } else if frame.isControl {
      if controlBytes + frame.bytes > CellShape.controlBytes { bound(framed, isReply: false) }
      controlBytes += frame.bytes
    }
    return nil
  }

  private mutating func completesReply(_ frame: HTTP2FrameScanner.Frame) -> Bool {
    switch frame.type {
    case HTTP2FrameScanner.FrameType.headers where !frame.endsHeaders:
      repliesWithHeaders = frame.endsStream
      return false
    case HTTP2FrameScanner.FrameType.continuation where frame.endsHeaders:
      defer { repliesWithHeaders = false }
      return repliesWithHeaders
    case HTTP2FrameScanner.FrameType.resetStream:
      return !answered.contains(frame.stream)
    default:
      return frame.endsStream
    }
  }

  private mutating func remember(_ stream: UInt32) {
    answered.append(stream)
    if answered.count > 256 { answered.removeFirst() }
  }

  private mutating func bound(_ end: Int, isReply: Bool) {
    controlBytes = 0
    guard end > bounded, end > sent else { return }
    bounded = end
    boundaries.append(Boundary(end: end, isReply: isReply))
  }

  // MARK: Out

  /// The next cell that may leave.
  var next: Boundary? {
    guard let first = boundaries.first, first.end <= flushed else { return nil }
    return first
  }

  /// Whether frames that are no reply, or only the beginning of one, wait behind the last cell.
  var hasLooseFrames: Bool { flushed > max(sent, bounded) }

  /// Whether the beginning of something longer fills a cell by itself.
  var isFull: Bool { boundaries.isEmpty && pushed - sent + owed.count >= shape.cellBytes }

  /// Closes a cell behind all that may leave.
  mutating func boundLooseFrames() { bound(flushed, isReply: false) }

  /// The next cell.
  mutating func take() -> Cell? {
    guard let boundary = next else { return nil }
    boundaries.removeFirst()
    isWithinFrame = false
    return cell(upTo: boundary.end)
  }

  /// A cell of the beginning of something longer; only when ``isFull``.
  mutating func takeFull() -> Cell {
    controlBytes = 0
    isWithinFrame = true
    return cell(upTo: sent + shape.cellBytes - owed.count)
  }

  /// A cell of nothing but filling; none while what left last is to be continued.
  mutating func takeFiller() -> Cell? { isWithinFrame ? nil : cell(upTo: sent) }

  /// Forgets everything.
  /// - Returns: the promises of the writes that were not complete.
  mutating func discard() -> [EventLoopPromise<Void>] {
    queue.clear()
    boundaries.removeAll()
    sent = scanner.offset
    flushed = framed
    defer { promises.removeAll() }
    return promises.map(\.promise)
  }

  private mutating func cell(upTo end: Int) -> Cell {
    let content = max(0, end - sent)
    let cells = max(1, (owed.count + content + shape.cellBytes - 1) / shape.cellBytes)
    var bytes = ByteBuffer()
    bytes.reserveCapacity(cells * shape.cellBytes)
    bytes.writeBytes(owed)
    owed = []
    if var slice = queue.readSlice(length: content) { bytes.writeBuffer(&slice) }
    queue.discardReadBytes()
    sent += content
    fill(&bytes, upTo: cells * shape.cellBytes)
    var records: [ByteBuffer] = []
    while let record = bytes.readSlice(length: shape.recordBytes) { records.append(record) }
    return Cell(records: records, promises: completed())
  }

  private mutating func fill(_ bytes: inout ByteBuffer, upTo size: Int) {
    while bytes.writerIndex < size {
      let gap = size - bytes.writerIndex
      let payload = min(max(gap - HTTP2FrameScanner.headerBytes, 0), CellShape.longest)
      let length = UInt32(payload)
      let header: [UInt8] = [
        UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8),
        UInt8(truncatingIfNeeded: length), Self.fillerType, 0, 0, 0, 0, 0,
      ]
      bytes.writeBytes(header.prefix(gap))
      owed = header.dropFirst(gap)
      bytes.writeRepeatingByte(0, count: payload)
    }
  }

  private mutating func completed() -> [EventLoopPromise<Void>] {
    var done: [EventLoopPromise<Void>] = []
    while let first = promises.first, first.end <= sent {
      done.append(first.promise)
      promises.removeFirst()
    }
    return done
  }
}

extension HTTP2FrameScanner.Frame {
  /// The greeting and the farewell wait for nothing: without the first nobody begins, and after the second the connection ends.
  fileprivate var isUrgent: Bool {
    type == HTTP2FrameScanner.FrameType.goAway || type == HTTP2FrameScanner.FrameType.settings && !isAcknowledgement
  }

  /// Belongs to no reply.
  fileprivate var isControl: Bool {
    type != HTTP2FrameScanner.FrameType.data && type != HTTP2FrameScanner.FrameType.headers
      && type != HTTP2FrameScanner.FrameType.continuation
  }
}
