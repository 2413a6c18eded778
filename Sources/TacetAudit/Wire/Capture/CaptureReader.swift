import Foundation

/// Reads a capture file of either format, packet by packet, in bounded memory.
struct CaptureReader {
  // One of the two; apart, so that neither's buffer is copied when it reads on.
  private var pcap: PcapReader?
  private var pcapng: PcapngReader?

  /// - Throws: ``CaptureError``, as ``next()``.
  init(_ file: URL) throws(CaptureError) {
    var source = try ByteSource(file)
    guard let magic = try source.take(4) else { throw .malformed(file.path, at: 0, "the file is empty") }
    if magic == PcapngReader.magic {
      pcapng = PcapngReader(source)
    } else if let reader = try PcapReader(source, magic: magic) {
      pcap = reader
    } else {
      throw .malformed(file.path, at: 0, "this is neither a pcap nor a pcapng file")
    }
  }

  /// The next packet, or loss; nil at the end.
  /// - Throws: ``CaptureError`` with the offset of what is wrong.
  mutating func next() throws(CaptureError) -> CaptureEvent? {
    if let event = try pcap?.next() { return event }
    return try pcapng?.next()
  }
}
