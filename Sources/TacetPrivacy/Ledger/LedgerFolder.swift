import Foundation
import TacetLog

/// The files of one ledger: `ledger.sqlite`, the signing key `key` and its public half `key.pub`.
struct LedgerFolder {
  let folder: URL

  var database: URL { folder.appendingPathComponent("ledger.sqlite") }
  var key: URL { folder.appendingPathComponent("key") }
  var publicKey: URL { folder.appendingPathComponent("key.pub") }

  /// Creates the folder (0700) and an empty database file (0600) where they do not exist.
  func create() throws(LedgerError) {
    try createFolder()
    // SQLite would create the file with the permissions of the umask; -wal and -shm take those of the database.
    let descriptor = open(database.path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .inputOutput(path: database.path, reason: Self.systemReason()) }
    close(descriptor)
  }

  /// Creates the folder (0700) where it does not exist.
  func createFolder() throws(LedgerError) {
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .inputOutput(path: folder.path, reason: "the folder could not be created")
    }
  }

  /// Loads the signing key; makes one first when `create` is set and there never was one: another key in its place would
  /// continue no log, and the public half of the first would be lost with it.
  func signer(create: Bool) throws(LedgerError) -> NoteSigner {
    // Before the key is looked for: who creates makes that first.
    let hadKey = hasFile(publicKey) || hasFile(database)
    if access(key.path, F_OK) != 0 {
      guard create, !hadKey else { throw .missingKey(path: key.path) }
      try makeKey()
    }
    try refuseExposed(key)
    let text = try readText(key)
    do {
      let signer = try NoteSigner(encoded: text.trimmingCharacters(in: .newlines))
      if create { try publish(signer.verifier) }
      return signer
    } catch let error as LedgerError {
      throw error
    } catch {
      throw .corrupt(path: key.path, reason: "\(error)")
    }
  }

  /// A file that others may read is refused.
  func refuseExposed(_ file: URL) throws(LedgerError) {
    var status = stat()
    guard stat(file.path, &status) == 0 else { throw .inputOutput(path: file.path, reason: Self.systemReason()) }
    guard status.st_mode & 0o077 == 0 else { throw .exposed(path: file.path) }
  }

  /// Whether there is a file with something in it.
  private func hasFile(_ file: URL) -> Bool {
    var status = stat()
    return stat(file.path, &status) == 0 && status.st_size > 0
  }

  private func publish(_ verifier: NoteVerifier) throws(LedgerError) {
    let text = verifier.description + "\n"
    if let there = FileManager.default.contents(atPath: publicKey.path), there == Data(text.utf8) { return }
    try write(text, to: publicKey, mode: 0o644, replacing: true)
  }

  /// A file that cannot be written is refused before SQLite opens it: it would leave neighbours that cannot be written either.
  func refuseReadOnly(_ file: URL) throws(LedgerError) {
    guard access(file.path, W_OK) == 0 else {
      throw .inputOutput(
        path: file.path, reason: "\(Self.systemReason()): make the file and its folder writable for this user")
    }
  }

  private func makeKey() throws(LedgerError) {
    // The name is the log's origin: unique, and says nothing about the machine.
    let unique = (0..<4).map { _ in String(UInt16.random(in: 0x1000...0xFFFF), radix: 16) }.joined()
    do {
      let signer = try NoteSigner(name: "tacet-ledger/\(unique)")
      try write(signer.secretEncoding + "\n", to: key, mode: 0o600, replacing: false)
    } catch let error as LedgerError {
      throw error
    } catch {
      throw .inputOutput(path: key.path, reason: "\(error)")
    }
  }

  private func readText(_ file: URL) throws(LedgerError) -> String {
    guard let data = FileManager.default.contents(atPath: file.path) else {
      throw .inputOutput(path: file.path, reason: "it cannot be read")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// Without `replacing` the first of several processes wins and the others keep its file.
  private func write(_ text: String, to file: URL, mode: mode_t, replacing: Bool) throws(LedgerError) {
    do throws(DurableFile.Failure) {
      try DurableFile.write(Array(text.utf8), to: file, mode: mode, replacing: replacing)
    } catch {
      throw .inputOutput(path: error.path, reason: error.reason)
    }
  }

  private static func systemReason() -> String { String(cString: strerror(errno)) }
}
