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
    let descriptor = open(file.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw IdentityError(.inputOutput, "cannot write \(file.path): \(SecretFile.systemReason())")
    }
    defer { close(descriptor) }
    let count = line.withUnsafeBytes { buffer in
      flock(descriptor, LOCK_EX) == 0 ? Foundation.write(descriptor, buffer.baseAddress, buffer.count) : -1
    }
    guard count == line.count, fsync(descriptor) == 0 else {
      throw IdentityError(.inputOutput, "cannot write \(file.path): \(SecretFile.systemReason())")
    }
  }
}
