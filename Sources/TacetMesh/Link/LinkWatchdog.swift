internal import NIOCore
internal import TacetTransport

/// Decides when a link has been too slow or too quiet; no clock of its own.
struct LinkWatchdog {
  enum Verdict: Hashable { case fine, stalledFrame, idle }

  private let frame: TimeAmount
  private let idle: TimeAmount
  private var lastFrame: NIODeadline
  private var frameBegan: NIODeadline?

  init(limits: TransportLimits, start: NIODeadline) {
    frame = TimeAmount(limits.frame)
    idle = TimeAmount(limits.idle)
    lastFrame = start
  }

  /// Bytes arrived which completed `frames` frames.
  mutating func received(frames: Int, isWithinFrame: Bool, at now: NIODeadline) {
    if frames > 0 { lastFrame = now }
    if !isWithinFrame {
      frameBegan = nil
    } else if frames > 0 || frameBegan == nil {
      frameBegan = now
    }
  }

  /// Reading goes on after it was held back: the peer could not finish its frame meanwhile.
  mutating func resumed(at now: NIODeadline) {
    if frameBegan != nil { frameBegan = now }
  }

  func verdict(at now: NIODeadline, isReading: Bool, isBusy: Bool) -> Verdict {
    if isReading, let frameBegan, now - frameBegan > frame { return .stalledFrame }
    if !isBusy, now - lastFrame > idle { return .idle }
    return .fine
  }
}
