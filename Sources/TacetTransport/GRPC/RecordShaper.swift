internal import Foundation
package import NIOCore

/// Between TLS and HTTP/2 in a connection of a gRPC server: whatever HTTP/2 sends leaves in cells of one shape, each written and
/// flushed by itself, so that one reply looks like any other.
///
/// A reply leaves as one cell as soon as its last frame is there, or at its moment when a ``ReplyBeat`` says so. Frames that belong to no
/// reply leave in the next one's cell; when none has come until the next multiple of ``grid`` since the connection began, in a cell
/// of their own. Only the server's greeting and its farewell leave at once.
package final class RecordShaper: ChannelDuplexHandler {
  package typealias InboundIn = ByteBuffer
  package typealias InboundOut = ByteBuffer
  package typealias OutboundIn = ByteBuffer
  package typealias OutboundOut = ByteBuffer

  /// How long frames that belong to no reply wait, and up to ``patience`` times that when a reply is due: a window's update and a
  /// ping's acknowledgement can, HTTP/2 peers wait seconds for them.
  package static let grid = Duration.milliseconds(250)
  private static let patience = 4

  private let grid: TimeAmount
  private var packer: CellPacker
  private var moments: ReplyMoments
  private var requests = HTTP2FrameScanner(preface: 24)
  private var start = NIODeadline.now()
  private var momentTimer: Scheduled<Void>?
  private var gridTimer: Scheduled<Void>?
  private var patience = RecordShaper.patience
  private var closing: (mode: CloseMode, promise: EventLoopPromise<Void>?)?

  /// - Parameters:
  ///   - shape: of every cell.
  ///   - beat: without one a reply leaves when it is ready.
  ///   - grid: at which multiples of it other frames leave.
  package init(shape: CellShape, beat: ReplyBeat? = nil, grid: Duration = grid) {
    self.grid = TimeAmount(grid)
    packer = CellPacker(shape: shape)
    moments = ReplyMoments(beat: beat)
  }

  package func handlerAdded(context: ChannelHandlerContext) { start = context.eventLoop.now }

  package func handlerRemoved(context: ChannelHandlerContext) { end() }

  package func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  // MARK: Requests

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    watch(unwrapInboundIn(data).readableBytesView, context)
    context.fireChannelRead(data)
  }

  private func watch(_ bytes: ByteBufferView, _ context: ChannelHandlerContext) {
    let now = context.eventLoop.now
    for frame in requests.scan(bytes) {
      if frame.endsStream {
        moments.requestEnded(frame.stream, at: now)
      } else if frame.type == HTTP2FrameScanner.FrameType.headers {
        moments.requestBegan(frame.stream)
      } else if frame.type == HTTP2FrameScanner.FrameType.resetStream {
        moments.requestWithdrawn(frame.stream)
      }
    }
    setMomentTimer(context)
  }

  package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is Entrance.Cut { forget() }
    context.fireUserInboundEventTriggered(event)
  }

  // MARK: Replies

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let now = context.eventLoop.now
    for stream in packer.append(unwrapOutboundIn(data), promise) { moments.replied(stream, at: now) }
  }

  package func flush(context: ChannelHandlerContext) {
    packer.flush()
    send(context)
  }

  /// Sends what may leave now, and sets the timers for the rest.
  private func send(_ context: ChannelHandlerContext) {
    while let cell = dueCell(at: context.eventLoop.now) { write(cell, context) }
    while packer.isFull { write(packer.takeFull(), context) }
    setMomentTimer(context)
    setGridTimer(context)
    closeIfDone(context)
  }

  /// The next cell whose moment has come.
  private func dueCell(at now: NIODeadline) -> CellPacker.Cell? {
    guard let boundary = packer.next else { return dueFiller(at: now) }
    guard boundary.isReply, moments.next != nil else { return packer.take() }
    guard moments.turn(at: now, isReady: true) != nil else { return nil }
    return packer.take()
  }

  private func dueFiller(at now: NIODeadline) -> CellPacker.Cell? {
    while let turn = moments.turn(at: now, isReady: false) {
      if turn == .filler, let cell = packer.takeFiller() { return cell }
    }
    return nil
  }

  private func write(_ cell: CellPacker.Cell, _ context: ChannelHandlerContext) {
    for record in cell.records.dropLast() { context.write(wrapOutboundOut(record), promise: nil) }
    guard let last = cell.records.last else { return }
    context.writeAndFlush(wrapOutboundOut(last), promise: cell.promise(on: context.eventLoop))
  }

  // MARK: Timers

  private func setMomentTimer(_ context: ChannelHandlerContext) {
    momentTimer?.cancel()
    momentTimer = nil
    guard let next = moments.next else { return }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    momentTimer = context.eventLoop.scheduleTask(deadline: next) {
      let (shaper, context) = bound.value
      shaper.send(context)
    }
  }

  private func setGridTimer(_ context: ChannelHandlerContext) {
    if !packer.hasLooseFrames { patience = Self.patience }
    guard packer.hasLooseFrames, gridTimer == nil else { return }
    let now = context.eventLoop.now
    let passed = (now - start).nanoseconds / grid.nanoseconds
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    gridTimer = context.eventLoop.scheduleTask(deadline: start + grid * (passed + 1)) {
      let (shaper, context) = bound.value
      shaper.gridTimer = nil
      shaper.patience -= 1
      if !shaper.isReplyDue { shaper.packer.boundLooseFrames() }
      shaper.send(context)
    }
  }

  /// Whether other frames may wait on for a reply: one is about to leave, or one is due and they have not waited long.
  private var isReplyDue: Bool { packer.next != nil || moments.isAwaitingReplies && patience > 0 }

  private func cancelTimers() {
    momentTimer?.cancel()
    gridTimer?.cancel()
    momentTimer = nil
    gridTimer = nil
  }

  // MARK: The end

  /// Lets the replies that are ready leave at their moments first; asked a second time, it closes at once.
  package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if mode == .input { return context.close(mode: mode, promise: promise) }
    packer.boundLooseFrames()
    if closing == nil {
      send(context)
      if packer.next != nil {
        closing = (mode, promise)
        return
      }
    }
    cancelTimers()
    context.close(mode: mode, promise: promise)
  }

  private func closeIfDone(_ context: ChannelHandlerContext) {
    guard packer.next == nil, let (mode, promise) = closing else { return }
    closing = nil
    cancelTimers()
    context.close(mode: mode, promise: promise)
  }

  private func forget() {
    for promise in packer.discard() { promise.fail(ChannelError.ioOnClosedChannel) }
    moments = ReplyMoments(beat: nil)
    cancelTimers()
  }

  private func end() {
    forget()
    closing?.promise?.succeed()
    closing = nil
  }
}

extension CellPacker.Cell {
  /// One promise for all of those.
  fileprivate func promise(on loop: any EventLoop) -> EventLoopPromise<Void>? {
    guard let first = promises.first else { return nil }
    for promise in promises.dropFirst() { first.futureResult.cascade(to: promise) }
    return first
  }
}
