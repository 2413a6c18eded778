package import Foundation
package import Logging
package import NIOCore

/// Where a door tells about refusals: the log that counts, and the log lines.
package struct Refusals: Sendable {
  package let log: RefusalLog
  package let logger: Logger?
  package let now: @Sendable () -> Date

  package init(log: RefusalLog, logger: Logger?, now: @escaping @Sendable () -> Date) {
    self.log = log
    self.logger = logger
    self.now = now
  }

  /// Counts a refusal, and writes it down, unless there are too many of them.
  /// - Parameters:
  ///   - rule: that of the chain verification which was broken, where that is the reason.
  ///   - peer: the other end.
  package func record(_ reason: RefusalReason, detail: String, rule: String? = nil, peer: SocketAddress?) {
    log.record(reason, detail: detail, at: now())
    guard let logger, let leftOut = log.takeLine() else { return }
    var metadata: Logger.Metadata = [
      "reason": "\(reason.rawValue)", "detail": "\(detail)", "address": "\(peer?.ipAddress ?? "unknown")",
    ]
    if let rule { metadata["rule"] = "\(rule)" }
    if leftOut > 0 { metadata["left_out"] = "\(leftOut)" }
    logger.notice("connection refused", metadata: metadata)
  }
}
