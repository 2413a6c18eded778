import NIOCore
import NIOEmbedded
import TacetTransport
import Testing

/// What leaves together, in turns of an event loop that stands still.
@Suite struct GatheredFlushTests {
  private static let most = 32 * 1024
  private let channel: EmbeddedChannel

  init() throws {
    channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandler(GatheredFlush())
    channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
  }

  private func send(_ bytes: Int) {
    channel.writeAndFlush(ByteBuffer(repeating: 7, count: bytes), promise: nil)
  }

  /// The sizes of what has left since the last call.
  private func left() throws -> [Int] {
    var sizes: [Int] = []
    while let buffer = try channel.readOutbound(as: ByteBuffer.self) { sizes.append(buffer.readableBytes) }
    return sizes
  }

  @Test func aTurnsWritesLeaveAtItsEndInTheirOrder() throws {
    send(1000)
    send(2000)
    #expect(try left() == [])
    channel.embeddedEventLoop.run()
    #expect(try left() == [1000, 2000])
    channel.embeddedEventLoop.run()
    #expect(try left() == [])
  }

  @Test func manyBytesDoNotWaitForTheEnd() throws {
    send(Self.most - 1)
    #expect(try left() == [])
    send(1)
    #expect(try left() == [Self.most - 1, 1])
    send(5)
    #expect(try left() == [])
    channel.embeddedEventLoop.run()
    #expect(try left() == [5])
  }

  /// A slot's cells.
  @Test func withoutALimitEverythingWaitsForTheEnd() throws {
    let channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandler(GatheredFlush(most: nil))
    channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    for _ in 0..<3 { channel.writeAndFlush(ByteBuffer(repeating: 7, count: Self.most), promise: nil) }
    #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
    channel.embeddedEventLoop.run()
    for _ in 0..<3 { #expect(try channel.readOutbound(as: ByteBuffer.self)?.readableBytes == Self.most) }
  }

  @Test func whatWaitsLeavesBeforeTheEndOfTheConnection() throws {
    send(10)
    channel.close(promise: nil)
    #expect(try left() == [10])
  }
}
