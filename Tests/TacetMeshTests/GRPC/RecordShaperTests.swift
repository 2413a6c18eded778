import NIOCore
import NIOEmbedded
import Synchronization
import TacetTransport
import Testing

/// What leaves a connection of the gRPC door, record by record.
@Suite struct RecordShaperTests {
  private static let message = 1024
  private let shape = CellShape(messageBytes: message)

  // MARK: Shape

  @Test func aReplyIsOneRecordOrAFixedNumber() {
    #expect(shape.recordsPerCell == 1)
    #expect(shape.cellBytes == 1024 + 256)
    for bytes in [512, 4096, 16_128, 16_129, 65_536, 1 << 20] {
      let shape = CellShape(messageBytes: bytes)
      #expect(shape.recordBytes <= 1 << 14)
      #expect(shape.cellBytes >= bytes + 256)
      #expect(shape.recordsPerCell == (bytes + 256 + 16_383) / 16_384)
    }
  }

  /// With every length of headers up to one that leaves no gap: those too short for a frame's header are among them.
  @Test(arguments: [1024, 20_000]) func everyReplyIsACellWhateverItsFrames(message: Int) throws {
    let wire = try Wire(CellShape(messageBytes: message))
    var frames: [Frame] = []
    let most = wire.shape.cellBytes - Frame.reply(1, headers: 0, message: message).bytes.count
    for length in 0...most {
      for headers in [length, 3] {
        let reply = Frame.reply(UInt32(frames.count * 2 + 1), headers: headers, message: message)
        frames += reply
        #expect(try wire.send(reply) == wire.shape.recordsPerCell)
      }
    }
    // Trailers only, a reset, an answer longer than the others' by a control frame.
    let others = [
      [Frame.headers(100_001, 90, end: true)], [.reset(100_003)], [.pong] + Frame.reply(100_005, message: message),
    ]
    for other in others {
      frames += other
      #expect(try wire.send(other) == wire.shape.recordsPerCell)
    }
    #expect(wire.frames == frames)
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func randomTrafficLeavesInEqualRecordsInOrder(seed: UInt64) throws {
    var random = Generator(seed: seed)
    let wire = try Wire(shape)
    var frames: [Frame] = []
    for number in 0..<200 {
      let stream = UInt32(2 * number + 1)
      let controls = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        [Frame.pong, .window(0), .window(stream), .settingsAcknowledged].randomElement(using: &random) ?? .pong
      }
      let (headers, trailers) = (Int.random(in: 1...78, using: &random), Int.random(in: 1...30, using: &random))
      let reply =
        number % 7 == 0
        ? [Frame.headers(stream, headers, end: true)]
        : Frame.reply(stream, headers: headers, message: Self.message, trailers: trailers)
      frames += controls + reply
      if Bool.random(using: &random) {
        #expect(try wire.send(controls) == 0)
        #expect(try wire.send(reply) == 1)
      } else {
        #expect(try wire.send(controls + reply) == 1)
      }
    }
    #expect(wire.frames == frames)
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func anySplitGivesTheSameRecords(seed: UInt64) throws {
    var random = Generator(seed: seed)
    let frames = (0..<40).flatMap { (number: Int) -> [Frame] in
      [Frame.window(0)] + Frame.reply(UInt32(2 * number + 1), headers: 70 - number, message: 1024)
    }
    let whole = try Wire(shape)
    try whole.send(frames)
    let split = try Wire(shape)
    var rest = frames.bytes[...]
    while !rest.isEmpty {
      let part = rest.prefix(Int.random(in: 1...700, using: &random))
      rest = rest.dropFirst(part.count)
      try split.write(Array(part), flush: Bool.random(using: &random) || rest.isEmpty)
    }
    try split.take()
    #expect(split.records == whole.records)
    #expect(split.frames == frames)
  }

  @Test func repliesThatAreFlushedTogetherAreCellsOfTheirOwn() throws {
    let wire = try Wire(shape)
    let frames = (0..<10).flatMap { Frame.reply(UInt32(2 * $0 + 1), message: 1024) }
    #expect(try wire.send(frames) == 10)
    #expect(wire.frames == frames)
  }

  /// Several streams' frames among each other, as when the peer's window holds them up.
  @Test func interleavedRepliesAreCellsOfTheirOwn() throws {
    let wire = try Wire(shape)
    #expect(try wire.send([.headers(1, 70), .headers(3), .data(1, 1029)]) == 0)
    #expect(try wire.send([.headers(1, 16, end: true), .data(3, 1029)]) == 1)
    #expect(try wire.send([.headers(3, 16, end: true)]) == 1)
  }

  @Test func aFrameLongerThanACellLeavesInWholeCells() throws {
    let wire = try Wire(shape)
    let frames = Frame.reply(1, message: 16_000)
    #expect(try wire.send(frames) == 13)
    #expect(try wire.send(Frame.reply(3, message: 1024)) == 1)
    // Its beginning does not wait for its end: the peer may have to make room first.
    #expect(try wire.send([.headers(5), .data(5, 8000)]) == 6)
    #expect(try wire.send([.data(5, 8000, end: true)]) == 7)
    let slow: [Frame] = [.headers(5), .data(5, 8000), .data(5, 8000, end: true)]
    #expect(wire.frames == frames + Frame.reply(3, message: 1024) + slow)
  }

  // MARK: Other frames

  @Test func whatIsNoReplyLeavesOnAGrid() throws {
    let wire = try Wire(shape)
    #expect(try wire.send([.settings]) == 1)
    wire.advance(.milliseconds(300))
    #expect(try wire.send([.settingsAcknowledged, .window(0)]) == 0)
    wire.advance(.milliseconds(199))
    #expect(try wire.take() == 0)
    wire.advance(.milliseconds(1))
    #expect(try wire.take() == 1)
    wire.advance(.seconds(10))
    #expect(try wire.take() == 0)
    // The first part of a reply that waits for the peer to make room.
    #expect(try wire.send([.headers(1), .data(1, 100)]) == 0)
    wire.advance(.milliseconds(250))
    #expect(try wire.take() == 1)
    #expect(try wire.send([.goAway]) == 1)
  }

  /// Asked for a reply, the door waits with other frames for it, but not for ever: the request may need them to go on.
  @Test func whatIsNoReplyWaitsForOneThatIsDue() throws {
    let wire = try Wire(shape)
    try wire.receive([.headers(1), .data(1, 1029)])
    #expect(try wire.send([.window(0)]) == 0)
    wire.advance(.milliseconds(400))
    try wire.receive([.data(1, 1029, end: true)])
    wire.advance(.milliseconds(300))
    #expect(try wire.take() == 0)
    #expect(try wire.send(Frame.reply(1, message: 1024)) == 1)
    wire.advance(.seconds(1))
    try wire.receive([.headers(3), .data(3, 1029)])
    #expect(try wire.send([.window(0)]) == 0)
    wire.advance(.milliseconds(799))
    #expect(try wire.take() == 0)
    wire.advance(.milliseconds(1))
    #expect(try wire.take() == 1)
  }

  /// Many of them may not push a reply into a second cell.
  @Test func aFloodOfOtherFramesLeavesAReplyItsCell() throws {
    let wire = try Wire(shape)
    let flood = (0..<100).map { $0 % 2 == 0 ? Frame.pong : .window(UInt32($0)) }
    let before = try wire.send(flood)
    #expect(before == 16)
    #expect(try wire.send(Frame.reply(1, headers: 78, message: 1024, trailers: 30)) == 1)
    #expect(wire.frames == flood + Frame.reply(1, headers: 78, message: 1024, trailers: 30))
  }

  /// A stream that is reset after its reply had a reply.
  @Test func aResetIsAReplyOnlyWhereNoneWas() throws {
    let wire = try Wire(shape)
    #expect(try wire.send([.headers(1, 90, end: true), .reset(1)]) == 1)
    #expect(try wire.send([.reset(3)]) == 1)
    #expect(wire.frames == [.headers(1, 90, end: true), .reset(1), .reset(3)])
  }

  // MARK: Promises and the end

  @Test func aPromiseIsKeptWhenItsBytesHaveLeft() throws {
    let wire = try Wire(shape)
    let done = Mutex<[Int]>([])
    for (number, frame) in Frame.reply(1, message: 1024).enumerated() {
      let promise = wire.channel.eventLoop.makePromise(of: Void.self)
      promise.futureResult.whenSuccess { done.withLock { $0.append(number) } }
      wire.channel.write(ByteBuffer(bytes: frame.bytes), promise: promise)
      if number < 2 { wire.channel.flush() }
    }
    #expect(done.withLock { $0 } == [])
    wire.channel.flush()
    #expect(done.withLock { $0.sorted() } == [0, 1, 2])
    let late = wire.channel.eventLoop.makePromise(of: Void.self)
    wire.channel.write(ByteBuffer(bytes: Frame.pong.bytes), promise: late)
    _ = try? wire.channel.finish()
    #expect(throws: (any Error).self) { try late.futureResult.wait() }
  }

  @Test func whatWasFlushedLeavesBeforeTheConnectionCloses() throws {
    let wire = try Wire(shape)
    #expect(try wire.send([.pong]) == 0)
    let closed = wire.channel.close()
    #expect(try wire.take() == 1)
    try closed.wait()
    #expect(wire.frames == [.pong])
  }

  @Test func aPeerThatIsCutOffGetsNothingMore() throws {
    let wire = try Wire(shape)
    #expect(try wire.send([.pong]) == 0)
    wire.channel.pipeline.fireUserInboundEventTriggered(Entrance.Cut())
    try wire.channel.close().wait()
    #expect(try wire.take() == 0)
  }

  // MARK: On the beat

  private static let beat = ReplyBeat(delay: { .milliseconds(70) })

  @Test func aReplyLeavesAtItsMomentHoweverSoonItIsThere() throws {
    let wire = try Wire(shape, Self.beat)
    // One that is answered, one refused, one reset, one answered before it was complete.
    let answers: [[Frame]] = [Frame.reply(1, message: 1024), [.headers(3, 90, end: true)], [.reset(5)]]
    for (index, answer) in answers.enumerated() {
      try wire.receive([.headers(UInt32(2 * index + 1)), .data(UInt32(2 * index + 1), 1029, end: true)])
      wire.advance(.milliseconds(Int64(20 * index)))
      #expect(try wire.send(answer) == 0)
      wire.advance(.milliseconds(69 - Int64(20 * index)))
      #expect(try wire.take() == 0)
      wire.advance(.milliseconds(1))
      #expect(try wire.take() == 1)
    }
    try wire.receive([.headers(7)])
    #expect(try wire.send(Frame.reply(7, message: 1024)) == 0)
    try wire.receive([.data(7, 1029, end: true)])
    wire.advance(.milliseconds(70))
    #expect(try wire.take() == 1)
    wire.advance(.seconds(10))
    #expect(try wire.take() == 0)
  }

  /// The moments are the requests'; which reply takes which is HTTP/2's order.
  @Test func theOrderInWhichRepliesAreReadyDoesNotShow() throws {
    let wire = try Wire(shape, Self.beat)
    try wire.receive([.headers(1), .data(1, 1029, end: true)])
    wire.advance(.milliseconds(30))
    try wire.receive([.headers(3), .data(3, 1029, end: true)])
    #expect(try wire.send(Frame.reply(3, message: 1024) + Frame.reply(1, message: 1024)) == 0)
    wire.advance(.milliseconds(40))
    #expect(try wire.take() == 1)
    wire.advance(.milliseconds(29))
    #expect(try wire.take() == 0)
    wire.advance(.milliseconds(1))
    #expect(try wire.take() == 1)
  }

  @Test func aReplyThatIsLateLeavesAtTheNextMoment() throws {
    let missed = Mutex(0)
    let wire = try Wire(shape, ReplyBeat(delay: { .milliseconds(70) }, missed: { missed.withLock { $0 += 1 } }))
    try wire.receive([.headers(1), .data(1, 1029, end: true)])
    wire.advance(.milliseconds(75))
    #expect(try wire.send(Frame.reply(1, message: 1024)) == 0)
    wire.advance(.milliseconds(64))
    #expect(try wire.take() == 0)
    wire.advance(.milliseconds(1))
    #expect(try wire.take() == 1)
    #expect(missed.withLock { $0 } == 1)
  }

  /// However many moments pass: a client that takes nothing cannot have more counted than it has asked.
  @Test func aReplyIsMissedOnce() throws {
    let missed = Mutex(0)
    let wire = try Wire(shape, ReplyBeat(delay: { .milliseconds(70) }, missed: { missed.withLock { $0 += 1 } }))
    try wire.receive([.headers(1), .data(1, 1029, end: true)])
    for _ in 0..<5 { wire.advance(.milliseconds(70)) }
    #expect(missed.withLock { $0 } == 1)
  }

  /// Who takes a request back is sent filling in place of the reply.
  @Test func aRequestThatIsTakenBackIsAnsweredAlike() throws {
    let wire = try Wire(shape, Self.beat)
    try wire.receive([.headers(1), .data(1, 1029, end: true)])
    try wire.receive([.reset(1)])
    wire.advance(.milliseconds(70))
    #expect(try wire.take() == 1)
    #expect(wire.frames.isEmpty)
    wire.advance(.seconds(10))
    #expect(try wire.take() == 0)
  }

  /// Closing waits for replies that have a moment to leave at, unless it is asked for twice.
  @Test(arguments: [false, true]) func aConnectionClosesAfterItsReplies(atOnce: Bool) throws {
    let wire = try Wire(shape, Self.beat)
    try wire.receive([.headers(1), .data(1, 1029, end: true)])
    #expect(try wire.send(Frame.reply(1, message: 1024)) == 0)
    wire.channel.close(promise: nil)
    #expect(wire.channel.isActive)
    if atOnce {
      wire.channel.close(promise: nil)
    } else {
      wire.advance(.milliseconds(70))
      #expect(try wire.take() == 1)
    }
    #expect(!wire.channel.isActive)
  }
}

/// A connection with a shaper and nothing else.
private final class Wire {
  let channel = EmbeddedChannel()
  let shape: CellShape
  /// What has left.
  private(set) var records: [[UInt8]] = []

  init(_ shape: CellShape, _ beat: ReplyBeat? = nil) throws {
    self.shape = shape
    try channel.pipeline.syncOperations.addHandler(RecordShaper(shape: shape, beat: beat))
    channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    try channel.writeInbound(ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
  }

  /// What has left but the filling.
  var frames: [Frame] { Frame.parse(records.flatMap { $0 }).filter { $0.type != Frame.fillerType } }

  /// Writes and flushes.
  /// - Returns: how many records leave.
  @discardableResult
  func send(_ frames: [Frame]) throws -> Int {
    try write(frames.bytes, flush: true)
    return try take()
  }

  func write(_ bytes: [UInt8], flush: Bool) throws {
    channel.write(ByteBuffer(bytes: bytes), promise: nil)
    if flush { channel.flush() }
  }

  func receive(_ frames: [Frame]) throws { try channel.writeInbound(ByteBuffer(bytes: frames.bytes)) }

  func advance(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

  private var counted = 0

  /// - Returns: how many records have left since the last call; each is of the one size.
  @discardableResult
  func take() throws -> Int {
    while let record = try channel.readOutbound(as: ByteBuffer.self) {
      #expect(record.readableBytes == shape.recordBytes)
      records.append(Array(record.readableBytesView))
    }
    defer { counted = records.count }
    return records.count - counted
  }
}

/// Repeatable input (an LCG with Knuth's constants), from a seed that a failing test prints.
private struct Generator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

  mutating func next() -> UInt64 {
    let high = step()
    return high << 32 | step()
  }

  private mutating func step() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 32
  }
}
