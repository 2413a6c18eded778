import Foundation

/// Every certificate ever issued, one JSON object a line; appended and synced before the certificate leaves the authority.
struct IssuanceRegister: Sendable {
  /// One certificate.
  struct Entry: Codable, Sendable {
    let serial: String
    let id: String
    let notAfter: Date
    let issuedAt: Date
  }

  let file: URL

  /// Appends an entry, durably; processes that issue at the same time take turns.
  ///
  /// A line that could not be written whole is taken back, so that the next begins on a line of its own.
  /// - Throws: ``IdentityError``; then nothing must be issued.
  func enter(_ entry: Entry) throws(IdentityError) {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard var line = try? encoder.encode(entry) else {
      throw IdentityError(.internalFault, "an entry of the register could not be made")
    }
    line.append(UInt8(ascii: "\n"))
    let descriptor = open(file.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX) == 0 else { throw failure() }
    let end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else { throw failure() }
    // A process that was killed while it wrote leaves a line without an end.
    if end > 0, !endsWithNewline(descriptor, size: end) { line.insert(UInt8(ascii: "\n"), at: 0) }
    let count = line.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
    guard count == line.count, fsync(descriptor) == 0 else {
      let failure = failure()
      _ = ftruncate(descriptor, end)
      throw failure
    }
    // A new file is only there for good when its folder says so.
    if end == 0 { try SecretFile.sync(folder: file.deletingLastPathComponent()) }
  }

  private func endsWithNewline(_ descriptor: Int32, size: off_t) -> Bool {
    var last: UInt8 = 0
    return pread(descriptor, &last, 1, size - 1) == 1 && last == UInt8(ascii: "\n")
  }

  private func failure() -> IdentityError {
    IdentityError(.inputOutput, "cannot write \(file.path): \(SecretFile.systemReason())")
  }
}
