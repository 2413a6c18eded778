internal import Foundation
internal import Logging
internal import NIOCore

/// Where a door tells about refusals: the log that counts, and the log lines.
struct Refusals: Sendable {
  let log: RefusalLog
  let logger: Logger?
  let now: @Sendable () -> Date

  func record(_ reason: RefusalReason, detail: String, peer: SocketAddress?) {
    log.record(reason, detail: detail, at: now())
    logger?.notice(
      "connection refused",
      metadata: ["reason": "\(reason.rawValue)", "detail": "\(detail)", "address": "\(peer?.ipAddress ?? "unknown")"])
  }
}
