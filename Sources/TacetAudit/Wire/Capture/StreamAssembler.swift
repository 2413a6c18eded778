/// Puts the bytes of one direction of a TCP connection in order: out of order, repeated, overlapping, and past the end of the sequence
/// numbers. Bytes have the time of the packet that brought them first.
struct StreamAssembler {
  /// So many bytes, and segments, may wait for those before them.
  static let mostPending = 16 << 20
  static let mostWaiting = 16_384

  /// Bytes in order, and when they passed.
  struct Piece: Hashable {
    let bytes: ArraySlice<UInt8>
    let time: Int64
  }

  private struct Waiting {
    let sequence: UInt32
    let piece: Piece
  }

  /// Whether its beginning was seen.
  private(set) var hasBegun = false
  private var next: UInt32?
  private var waiting: [Waiting] = []
  private var pendingBytes = 0
  private var acknowledged: UInt32?
  private var isLost = false

  /// Whether bytes are missing that the peer has got, or that others came after.
  var hasGap: Bool {
    if isLost || !waiting.isEmpty { return true }
    guard let next, let acknowledged else { return false }
    // The FIN has a sequence number of its own.
    return Int32(bitPattern: acknowledged &- next) > 1
  }

  /// The connection begins; a packet that says so again changes nothing.
  mutating func begin(sequence: UInt32) {
    guard !hasBegun else { return }
    next = sequence &+ 1
    hasBegun = true
  }

  /// The peer says what it has got.
  mutating func acknowledge(_ number: UInt32) {
    guard let acknowledged, Int32(bitPattern: number &- acknowledged) <= 0 else { return self.acknowledged = number }
  }

  /// A segment's content.
  /// - Returns: the bytes that it brings in order.
  mutating func append(_ bytes: ArraySlice<UInt8>, sequence: UInt32, time: Int64) -> [Piece] {
    guard !bytes.isEmpty, !isLost else { return [] }
    let expected = next ?? sequence
    next = expected
    guard Int32(bitPattern: sequence &- expected) <= 0 else {
      pendingBytes += bytes.count
      guard pendingBytes <= Self.mostPending, waiting.count < Self.mostWaiting else {
        (isLost, waiting) = (true, [])
        return []
      }
      // Nearly always behind the last one.
      let place = waiting.lastIndex { Int32(bitPattern: $0.sequence &- sequence) <= 0 }.map { $0 + 1 } ?? 0
      waiting.insert(Waiting(sequence: sequence, piece: Piece(bytes: bytes, time: time)), at: place)
      return []
    }
    var pieces: [Piece] = []
    take(bytes, sequence: sequence, time: time, into: &pieces)
    while let first = waiting.first, let next, Int32(bitPattern: first.sequence &- next) <= 0 {
      waiting.removeFirst()
      pendingBytes -= first.piece.bytes.count
      take(first.piece.bytes, sequence: first.sequence, time: first.piece.time, into: &pieces)
    }
    return pieces
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>, sequence: UInt32, time: Int64, into pieces: inout [Piece]) {
    guard let expected = next else { return }
    let old = Int(Int32(bitPattern: expected &- sequence))
    guard old >= 0, old < bytes.count else { return }
    let fresh = bytes.dropFirst(old)
    next = expected &+ UInt32(truncatingIfNeeded: fresh.count)
    pieces.append(Piece(bytes: fresh, time: time))
  }
}
