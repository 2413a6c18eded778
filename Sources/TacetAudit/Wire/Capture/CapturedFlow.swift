import TacetWire

/// A TLS connection as its records passed.
struct CapturedFlow: Sendable {
  /// A record, and when its header passed: nanoseconds since 1970.
  struct Record: Sendable, Hashable {
    let type: UInt8
    let bytes: Int
    let time: Int64
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

  /// Whether it is a link of nodes, on which each record is a message of its own.
  var isLink: Bool { applicationProtocols == ["tacet/1"] }
}

/// A direction of a connection while it is read.
struct RecordStream {
  /// A client's hello ends before that.
  private static let helloBytes = 16_384

  var assembler = StreamAssembler()
  private(set) var records: [CapturedFlow.Record] = []
  /// The first bytes.
  private(set) var beginning: [UInt8] = []
  private var scanner = TLSRecordScanner()

  mutating func append(_ segment: TCPSegment, time: Int64) {
    for piece in assembler.append(segment.payload, sequence: segment.sequence, time: time) {
      let room = Self.helloBytes - beginning.count
      if room > 0 { beginning += piece.bytes.prefix(room) }
      piece.bytes.withUnsafeBytes { bytes in
        scanner.scan(bytes) { records.append(CapturedFlow.Record(type: $0.type, bytes: $0.bytes, time: piece.time)) }
      }
    }
  }

  /// Whether its first record is one of a TLS handshake.
  var isTLS: Bool { beginning.count >= 3 && beginning[0] == 22 && beginning[1] == 3 }
}
