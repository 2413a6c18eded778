import Foundation
import TacetLog

/// The file of an authority's log, read: entries a line each, and a ``LogSeal`` after each group that was made durable as one.
struct LogFile: Sendable {
  /// The file.
  let file: URL
  /// The key that signs its checkpoints.
  let key: NoteVerifier

  /// No line is longer.
  fileprivate static let longestLine = 1 << 16
  private static let chunk = 1 << 20

  /// The last seal of a log, and where its line begins and ends.
  struct End {
    let seal: LogSeal
    let start: Int
    let offset: Int
  }

  // MARK: Lines

  /// Calls `body` with each whole line from `start` to `end`, without its line feed; returns how many bytes behind them are no
  /// whole line.
  /// - Throws: ``IdentityError`` when the file cannot be read, or a line is longer than any can be; what `body` throws.
  @discardableResult
  func forEachLine(
    from start: Int = 0, before end: Int = .max, _ body: (ArraySlice<UInt8>) throws(IdentityError) -> Void
  ) throws(IdentityError) -> Int {
    let descriptor = try open()
    defer { close(descriptor) }
    // The beginning of a line whose end has not been read stands at the front, what is read next behind it.
    let chunk = min(Self.chunk, max(end - start, 0))
    var buffer = [UInt8](repeating: 0, count: Self.longestLine + chunk)
    var (rest, position) = (0, start)
    while position < end {
      let count = try read(descriptor, at: position, count: min(chunk, end - position), into: &buffer, at: rest)
      guard count > 0 else { break }
      position += count
      let filled = rest + count
      var start = 0
      while let stop = Self.newline(in: buffer, from: start, to: filled) {
        try body(buffer[start..<stop])
        start = stop + 1
      }
      rest = filled - start
      guard rest <= Self.longestLine else { throw damaged("a line is longer than \(Self.longestLine) bytes") }
      buffer.withUnsafeMutableBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        memmove(base, base + start, rest)
      }
    }
    return rest
  }

  /// The line that begins at a place, without its line feed.
  /// - Throws: ``IdentityError`` also where none ends there.
  func line(at position: Int) throws(IdentityError) -> ArraySlice<UInt8> {
    try withLines { lines throws(IdentityError) in try lines.line(at: position) }
  }

  /// Calls `body` with the file open, to read lines here and there.
  /// - Throws: ``IdentityError`` when it cannot be opened; what `body` throws.
  func withLines<Result>(_ body: (Lines) throws(IdentityError) -> Result) throws(IdentityError) -> Result {
    let descriptor = try open()
    defer { close(descriptor) }
    return try body(Lines(log: self, descriptor: descriptor))
  }

  /// The open file.
  struct Lines {
    let log: LogFile
    fileprivate let descriptor: Int32

    /// The line that begins at a place, without its line feed.
    /// - Throws: ``IdentityError`` also where none ends there.
    func line(at position: Int) throws(IdentityError) -> ArraySlice<UInt8> {
      for length in [768, LogFile.longestLine] {
        let bytes = try log.read(descriptor, at: position, count: length)
        if let stop = LogFile.newline(in: bytes, from: 0, to: bytes.count) { return bytes[..<stop] }
      }
      throw log.damaged("a line is not where it was")
    }
  }

  /// How long the file is.
  /// - Throws: ``IdentityError``.
  func size() throws(IdentityError) -> Int {
    var status = stat()
    guard stat(file.path, &status) == 0 else {
      if errno == ENOENT { throw IdentityError(.missing, "\(file.path) is missing: restore it from a backup") }
      throw IdentityError(.inputOutput, "\(file.path) cannot be read: \(SecretFile.systemReason())")
    }
    return Int(status.st_size)
  }

  /// Calls `body` with each entry that is signed for.
  /// - Throws: ``IdentityError`` also where a line is no entry.
  func forEachEntry(_ body: (AuthorityEntry) throws(IdentityError) -> Void) throws(IdentityError) {
    try forEachLeaf(before: try end()) { entry, _ throws(IdentityError) in try body(entry) }
  }

  /// Calls `body` with each entry before the end of a log, and its bytes.
  /// - Parameter isWanted: whether a certificate's line is to be read. One that is not is counted, and not looked at further.
  /// - Throws: ``IdentityError`` also where a line is no entry.
  func forEachLeaf(
    before end: End, where isWanted: (LeafOutline) -> Bool = { _ in true },
    _ body: (AuthorityEntry, ArraySlice<UInt8>) throws(IdentityError) -> Void
  ) throws(IdentityError) {
    var position: UInt64 = 0
    try forEachLine(before: end.offset) { line throws(IdentityError) in
      guard !Self.isSeal(line) else { return }
      if let outline = LeafOutline(line: line), !isWanted(outline) {
        position += 1
        return
      }
      guard let entry = AuthorityEntry(canonicalBytes: line), entry.index == position else {
        throw damaged("entry \(position) cannot be read")
      }
      position += 1
      try body(entry, line)
    }
    guard position == end.seal.tree.size else { throw damaged("it has \(position) entries, not \(end.seal.tree.size)") }
  }

  /// Whether a line is a seal, good or bad.
  static func isSeal(_ line: ArraySlice<UInt8>) -> Bool {
    line.begins(with: LogSeal.start)
  }

  // MARK: The end

  /// The last seal.
  /// - Throws: ``IdentityError`` when there is none, or it is not one that the key signed.
  func end() throws(IdentityError) -> End {
    let descriptor = try open()
    defer { close(descriptor) }
    return try end(of: descriptor)
  }

  /// The last seal of the open file.
  func end(of descriptor: Int32) throws(IdentityError) -> End {
    guard let end = try lastSeal(of: descriptor, before: Int(lseek(descriptor, 0, SEEK_END))) else {
      throw damaged("it has no checkpoint")
    }
    return end
  }

  /// Checks that the entries before a seal, back to the one before it, are those that it was signed over. A write that the power
  /// cut short may have left a seal behind entries that never reached the disk.
  /// - Throws: ``IdentityError`` where they are not.
  func checkGroup(before end: End, of descriptor: Int32) throws(IdentityError) {
    let earlier = try lastSeal(of: descriptor, before: end.start)
    var tree = earlier?.seal.tree ?? MerkleTree()
    let first = earlier?.offset ?? 0
    let bytes = try read(descriptor, at: first, count: end.start - first)
    var start = 0
    while let stop = Self.newline(in: bytes, from: start, to: bytes.count) {
      tree.append(bytes[start..<stop])
      start = stop + 1
    }
    guard start == bytes.count, tree == end.seal.tree else {
      throw damaged("its last entries are not those that were signed")
    }
  }

  /// The last seal before a place; read backwards, so that a long log costs no more than a short one.
  private func lastSeal(of descriptor: Int32, before limit: Int) throws(IdentityError) -> End? {
    var window = min(limit, Self.longestLine)
    while window > 0 {
      let start = limit - window
      let bytes = try read(descriptor, at: start, count: window)
      if let line = Self.lastSeal(in: bytes, isWhole: start == 0) {
        guard let seal = LogSeal(line: bytes[line]), seal.isSigned(by: key) else {
          throw damaged("its last checkpoint is not signed by the authority")
        }
        return End(seal: seal, start: start + line.lowerBound, offset: start + line.upperBound + 1)
      }
      guard start > 0 else { return nil }
      window = min(limit, window * 4)
    }
    return nil
  }

  /// Where the last whole line is that is a seal. `isWhole`: the bytes begin with a line.
  private static func lastSeal(in bytes: [UInt8], isWhole: Bool) -> Range<Int>? {
    guard var stop = bytes.lastIndex(of: 0x0A) else { return nil }
    while true {
      let before = bytes[..<stop].lastIndex(of: 0x0A)
      guard before != nil || isWhole else { return nil }
      let start = before.map { $0 + 1 } ?? 0
      if isSeal(bytes[start..<stop]) { return start..<stop }
      guard let before else { return nil }
      stop = before
    }
  }

  // MARK: Support

  /// A log that is not what an authority wrote.
  func damaged(_ reason: String) -> IdentityError {
    IdentityError(
      .badInput, "\(file.path) is damaged, \(reason): look at it with `tacet ca log verify`, restore it from a backup")
  }

  private func open() throws(IdentityError) -> Int32 {
    let descriptor = Foundation.open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { throw IdentityError(.missing, "\(file.path) is missing: restore it from a backup") }
      throw IdentityError(.inputOutput, "\(file.path) cannot be read: \(SecretFile.systemReason())")
    }
    return descriptor
  }

  fileprivate func read(_ descriptor: Int32, at offset: Int, count: Int) throws(IdentityError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let read = try read(descriptor, at: offset, count: count, into: &bytes, at: 0)
    bytes.removeLast(count - read)
    return bytes
  }

  /// Reads as much as there is, up to `count` bytes, to a place in a buffer that has room for them; returns how many.
  private func read(
    _ descriptor: Int32, at offset: Int, count: Int, into buffer: inout [UInt8], at place: Int
  ) throws(IdentityError) -> Int {
    var (filled, failed) = (0, false)
    buffer.withUnsafeMutableBytes { buffer in
      while filled < count {
        let target = buffer.baseAddress.map { $0 + place + filled }
        let read = pread(descriptor, target, count - filled, off_t(offset + filled))
        if read < 0, errno == EINTR { continue }
        failed = read < 0
        guard read > 0 else { return }
        filled += read
      }
    }
    guard !failed else {
      throw IdentityError(.inputOutput, "\(file.path) cannot be read: \(SecretFile.systemReason())")
    }
    return filled
  }

  fileprivate static func newline(in bytes: [UInt8], from start: Int, to end: Int) -> Int? {
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, start < end, end <= bytes.count,
        let found = memchr(base + start, 0x0A, end - start)
      else { return nil }
      return base.distance(to: UnsafeRawPointer(found))
    }
  }
}
