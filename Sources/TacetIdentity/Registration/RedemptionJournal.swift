import Foundation
import TacetLog

/// The certificates that were issued for join tokens, kept for those who did not get the reply: a line each.
///
/// A line is durable before the log says that the certificate was issued; one of which the log says nothing never was. Whether a token
/// was redeemed is therefore for the log to say, and for this file only with which key, and what came of it. It is written while nobody
/// else writes to the log.
struct RedemptionJournal: Sendable {
  /// What came of a token.
  struct Redemption: Hashable, Sendable {
    let token: String
    /// SHA-256 of the public key (SubjectPublicKeyInfo), in lower-case hexadecimal.
    let keyHash: String
    let serial: String
    /// The generation that signed it.
    let generation: Int
    /// Until when a retry finds it.
    let until: UInt64
    let certificate: [UInt8]
  }

  private let file: URL
  private var places: [String: (start: Int, count: Int)] = [:]
  private var offset = 0
  private var inode: UInt64?

  private static let mostBytes = 1 << 30

  init(file: URL) { self.file = file }

  /// What came of a token, by the last line about it; nil where there is none.
  /// - Throws: ``IdentityError``.
  mutating func redemption(of token: String) throws(IdentityError) -> Redemption? {
    try follow()
    guard let place = places[token] else { return nil }
    let line = try withFile(O_RDONLY) { descriptor throws(IdentityError) in
      try read(descriptor, from: place.start, count: place.count)
    }
    return line.flatMap { Redemption(canonicalBytes: $0[...]) }
  }

  /// Appends lines, durably.
  /// - Throws: ``IdentityError``; then nothing is redeemed.
  mutating func append(_ redemptions: [Redemption]) throws(IdentityError) {
    guard !redemptions.isEmpty else { return }
    try follow()
    let isNew = inode == nil
    let start = offset
    var bytes: [UInt8] = []
    var lines: [(token: String, start: Int, count: Int)] = []
    for redemption in redemptions {
      let line = redemption.canonicalBytes
      lines.append((redemption.token, start + bytes.count, line.count))
      bytes += line
      bytes.append(0x0A)
    }
    let written = try withFile(O_WRONLY | O_CREAT) { descriptor throws(IdentityError) in
      // What a process left unfinished when it was killed.
      var status = stat()
      guard ftruncate(descriptor, off_t(start)) == 0, write(bytes, to: descriptor, at: start), fsync(descriptor) == 0,
        fstat(descriptor, &status) == 0
      else { throw IdentityError(.inputOutput, "cannot write \(file.path): \(SecretFile.systemReason())") }
      return UInt64(status.st_ino)
    }
    if isNew { try SecretFile.sync(folder: file.deletingLastPathComponent()) }
    for line in lines { places[line.token] = (start: line.start, count: line.count) }
    (inode, offset) = (written, start + bytes.count)
  }

  /// Leaves out the lines that nobody needs any more.
  /// - Throws: ``IdentityError``.
  mutating func compact(at date: Date) throws(IdentityError) {
    try follow()
    var kept: [UInt8] = []
    var dropped = 0
    for token in places.keys.sorted() {
      guard let redemption = try redemption(of: token), redemption.until >= date.secondsSince1970 else {
        dropped += 1
        continue
      }
      kept += redemption.canonicalBytes + [0x0A]
    }
    guard dropped > 0 else { return }
    try SecretFile.write(Data(kept), to: file, mode: 0o600)
    try follow()
  }

  // MARK: The file

  /// Takes in what was appended, by whomever; all of it where the file is another.
  private mutating func follow() throws(IdentityError) {
    var status = stat()
    guard stat(file.path, &status) == 0 else {
      guard errno == ENOENT else {
        throw IdentityError(.inputOutput, "\(file.path) cannot be read: \(SecretFile.systemReason())")
      }
      self = RedemptionJournal(file: file)
      return
    }
    if inode != UInt64(status.st_ino) || Int(status.st_size) < offset {
      self = RedemptionJournal(file: file)
      inode = UInt64(status.st_ino)
    }
    guard Int(status.st_size) > offset else { return }
    guard Int(status.st_size) <= Self.mostBytes else {
      throw IdentityError(.badInput, "\(file.path) is longer than \(Self.mostBytes) bytes")
    }
    let (start, count) = (offset, Int(status.st_size) - offset)
    let bytes = try withFile(O_RDONLY) { descriptor throws(IdentityError) in
      try read(descriptor, from: start, count: count)
    }
    var rest = (bytes ?? [])[...]
    while let stop = rest.firstIndex(of: 0x0A) {
      let line = rest[..<stop]
      // One that cannot be read is of no use to anybody, and hurts nobody: its token counts as redeemed by the log.
      if let token = Redemption(canonicalBytes: line)?.token {
        places[token] = (start: start + line.startIndex, count: line.count)
      }
      rest = rest[(stop + 1)...]
    }
    offset = start + rest.startIndex
  }

  private func withFile<Result>(
    _ flags: Int32, _ body: (Int32) throws(IdentityError) -> Result
  ) throws(IdentityError) -> Result {
    let descriptor = open(file.path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw IdentityError(.inputOutput, "\(file.path) cannot be opened: \(SecretFile.systemReason())")
    }
    defer { close(descriptor) }
    return try body(descriptor)
  }

  /// Nil where there are not so many.
  private func read(_ descriptor: Int32, from start: Int, count: Int) throws(IdentityError) -> [UInt8]? {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let read = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(start + filled))
        if read < 0, errno == EINTR { continue }
        guard read > 0 else { return }
        filled += read
      }
    }
    return bytes.count == count ? bytes : nil
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32, at start: Int) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = pwrite(
          descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written, off_t(start + written))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        written += count
      }
      return true
    }
  }
}

extension RedemptionJournal.Redemption {
  private static let version: UInt64 = 1

  /// Canonical JSON, keys sorted.
  var canonicalBytes: [UInt8] {
    var writer = CanonicalWriter()
    writer.string("certificate", Data(certificate).base64EncodedString())
    writer.integer("generation", UInt64(generation))
    writer.string("key_sha256", keyHash)
    writer.string("serial", serial)
    writer.string("token", token)
    writer.integer("until", until)
    writer.integer("version", Self.version)
    return writer.finished()
  }

  init?(canonicalBytes bytes: ArraySlice<UInt8>) {
    var reader = CanonicalReader(bytes)
    guard let encoded = reader.string("certificate"), let certificate = NoteVerifier.canonicalBase64(encoded),
      let generation = reader.integer("generation").flatMap(Int.init(exactly:)),
      let keyHash = reader.string("key_sha256"), let serial = reader.string("serial"),
      let token = reader.string("token"), let until = reader.integer("until"),
      reader.integer("version") == Self.version, reader.isFinished()
    else { return nil }
    self.init(
      token: token, keyHash: keyHash, serial: serial, generation: generation, until: until, certificate: certificate)
  }
}
