package import NIOCore

/// Below TLS: all that the handlers above flush in one turn of the event loop goes to the system in one call.
///
/// The records stay as they are, and so does their order; what is saved is a call for each of them where several leave at the same
/// moment.
package final class GatheredFlush: ChannelOutboundHandler, RemovableChannelHandler {
  package typealias OutboundIn = ByteBuffer
  package typealias OutboundOut = ByteBuffer

  private var isPending = false

  package init() {}

  package func flush(context: ChannelHandlerContext) {
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
    context.flush()
  }
}
