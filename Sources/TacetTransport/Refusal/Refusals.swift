package import Foundation
package import Logging
package import NIOCore

/// Where a door tells about refusals: the log that counts, and the log lines.
package struct Refusals: Sendable {
  package let log: RefusalLog
  package let logger: Logger?
  package let now: @Sendable () -> Date

  package func record(_ reason: RefusalReason, detail: String, peer: SocketAddress?) {
    log.record(reason, detail: detail, at: now())
    logger?.notice(
      "connection refused",
      metadata: ["reason": "\(reason.rawValue)", "detail": "\(detail)", "address": "\(peer?.ipAddress ?? "unknown")"])
  }
}
