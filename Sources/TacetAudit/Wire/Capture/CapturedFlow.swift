import TacetWire

/// A TLS connection as its records passed.
struct CapturedFlow: Sendable {
  /// A record, and when its header and its last byte passed: nanoseconds since 1970.
  struct Record: Sendable, Hashable {
    let type: UInt8
    let bytes: Int
    let time: Int64
    /// That of its header while its last byte is not there.
    var end: Int64
  }

  /// `HOST:PORT` of who opened it, and of who was asked.
  let client: String
  let server: String
  /// What the client offered to speak, where its hello was seen.
  var applicationProtocols: [String]?
  /// From the client.
  var requests: [Record] = []
  /// To the client.
  var replies: [Record] = []
  /// What is missing of it, a sentence each.
  var gaps: [String] = []
  /// What no connection may look like, a sentence each.
  var violations: [String] = []
  /// Who closed it first; nil while it is open.
  var closer: Side?
  /// When that was, nanoseconds since 1970.
  var closed: Int64?
  /// When the capture's last packet passed, nanoseconds since 1970.
  var captureEnd: Int64 = 0

  enum Side: String, Sendable {
    case client
    case server
  }

  /// Whether it is a link of nodes, on which each record is a message of its own.
  var isLink: Bool { applicationProtocols == ["tacet/1"] }
}

/// A direction of a connection while it is read.
struct RecordStream {
  var assembler = StreamAssembler()
  private(set) var records: [CapturedFlow.Record] = []
  /// The first record, as far as it has come.
  private(set) var beginning: [UInt8] = []
  /// Whether something passed that is no record of TLS; what follows is not looked at.
  private(set) var isBroken = false
  private var scanner = TLSRecordScanner()
  /// Bytes that passed; bytes of the records whose last byte has passed, and how many these are.
  private var passed = 0
  private var complete = (bytes: 0, records: 0)

  /// Change cipher spec, alert, handshake, application data (RFC 8446, section 5.1).
  private static let types: ClosedRange<UInt8> = 20...23

  mutating func append(_ segment: TCPSegment, time: Int64) {
    for piece in assembler.append(segment.payload, sequence: segment.sequence, time: time) {
      guard !isBroken else { return }
      keepBeginning(piece.bytes)
      piece.bytes.withUnsafeBytes { bytes in
        scanner.scan(bytes) { record in
          isBroken = isBroken || !Self.types.contains(record.type)
          guard !isBroken else { return }
          records.append(
            CapturedFlow.Record(type: record.type, bytes: record.bytes, time: piece.time, end: piece.time))
        }
      }
      passed += piece.bytes.count
      noteEnds(piece.time)
    }
  }

  private mutating func noteEnds(_ time: Int64) {
    while complete.records < records.count, complete.bytes + records[complete.records].bytes <= passed {
      records[complete.records].end = time
      complete.bytes += records[complete.records].bytes
      complete.records += 1
    }
  }

  private mutating func keepBeginning(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    while !rest.isEmpty, beginning.count < firstRecordBytes {
      let part = rest.prefix(firstRecordBytes - beginning.count)
      beginning += part
      rest = rest.dropFirst(part.count)
    }
  }

  /// As far as its header tells.
  private var firstRecordBytes: Int {
    beginning.count < 5 ? 5 : 5 + (Int(beginning[3]) << 8 | Int(beginning[4]))
  }

  /// Whether its first record is one of a TLS handshake.
  var isTLS: Bool { beginning.count >= 3 && beginning[0] == 22 && beginning[1] == 3 }
}
