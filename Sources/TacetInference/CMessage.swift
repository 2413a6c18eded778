import COnnxRuntime

/// The text that a function of the C border leaves when it fails.
enum CMessage {
  /// Calls `body` with room for a message; returns the message when there was a failure, and nil on success.
  static func failure(of body: (UnsafeMutablePointer<CChar>) -> UnsafePointer<CChar>?) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(connx_message_bytes)) { room in
      room.initialize(repeating: 0)
      // The room is never empty, so it has a base address.
      guard let base = room.baseAddress, let text = body(base) else { return nil }
      return String(cString: text).split(whereSeparator: \.isNewline).joined(separator: " ")
    }
  }
}
