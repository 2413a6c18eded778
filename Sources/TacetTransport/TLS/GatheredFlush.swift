package import NIOCore

/// Below TLS: what the handlers above flush in one turn of the event loop goes to the system together, in as few calls as
/// `most` bytes a call allow.
///
/// The records stay as they are, and so does their order; what is saved is a call for each of them where several leave at the same
/// moment. No more than that many bytes wait for the turn's end: otherwise two ends with many exchanges in flight take turns, the
/// one at rest while the other works through all of them. Where the turn's end is the moment that counts, everything waits for it.
package final class GatheredFlush: ChannelOutboundHandler, RemovableChannelHandler {
  package typealias OutboundIn = ByteBuffer
  package typealias OutboundOut = ByteBuffer

  private let most: Int
  private var isPending = false
  /// Written since the last flush that went through.
  private var unflushed = 0

  /// - Parameter most: so many bytes are not kept for the end of the turn; nil for any number.
  package init(most: Int? = 32 * 1024) {
    self.most = most ?? .max
  }

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    unflushed += unwrapOutboundIn(data).readableBytes
    context.write(data, promise: promise)
  }

  package func flush(context: ChannelHandlerContext) {
    if unflushed >= most { return flushNow(context) }
    guard !isPending else { return }
    isPending = true
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.execute {
      let (handler, context) = bound.value
      handler.flushPending(context)
    }
  }

  package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    flushPending(context)
    context.close(mode: mode, promise: promise)
  }

  package func handlerRemoved(context: ChannelHandlerContext) { isPending = false }

  private func flushPending(_ context: ChannelHandlerContext) {
    guard isPending else { return }
    isPending = false
    flushNow(context)
  }

  private func flushNow(_ context: ChannelHandlerContext) {
    unflushed = 0
    context.flush()
  }
}
