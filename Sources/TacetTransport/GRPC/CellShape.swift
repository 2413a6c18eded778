/// The one shape of all that a gRPC server sends on a connection: cells, each a fixed number of TLS records of one size.
///
/// One cell has room for a whole reply: the frames of its headers, its message and its trailers, and a few control frames that
/// were waiting to leave.
package struct CellShape: Sendable, Hashable {
  /// Plaintext in a record.
  package let recordBytes: Int
  /// Records in a cell.
  package let recordsPerCell: Int

  /// Beside the message: 9 + 78 bytes of headers, 9 + 5 before the message, 9 + 30 of trailers, measured with HPACK's table still
  /// empty; 8 of a filler that began in the cell before; some to spare.
  static let replyBytes = 160
  /// How many bytes of control frames may wait for a reply, to leave in its cell: seven WINDOW_UPDATEs.
  static let controlBytes = 96
  /// The most plaintext that TLS takes into one record (RFC 8446, section 5.1), and the longest frame that every HTTP/2 peer
  /// accepts (RFC 9113, section 4.2).
  static let longest = 1 << 14

  /// - Parameter messageBytes: the size of every message; at least 1.
  package init(messageBytes: Int) {
    let needed = messageBytes + Self.replyBytes + Self.controlBytes
    recordsPerCell = (needed + Self.longest - 1) / Self.longest
    recordBytes = (needed + recordsPerCell - 1) / recordsPerCell
  }

  /// Plaintext in a cell.
  package var cellBytes: Int { recordBytes * recordsPerCell }
}
