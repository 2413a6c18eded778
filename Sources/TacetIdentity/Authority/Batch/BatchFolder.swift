import CSyncFS
import Foundation
import X509

/// The folder of a batch: `ROLE/NAME` for each row, which is there whole or not at all.
struct BatchFolder: ~Copyable {
  /// Where folders are made before they are moved to their place; removed at the beginning, since only one batch runs.
  static let unfinished = ".issuing"

  let folder: URL
  private let descriptor: Int32

  /// Makes the folder where there is none, and keeps other batches out of it.
  /// - Throws: ``IdentityError``.
  static func open(_ folder: URL) throws(IdentityError) -> BatchFolder {
    try make(folder)
    let descriptor = Foundation.open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw IdentityError(.inputOutput, "cannot open the folder \(folder.path): \(SecretFile.systemReason())")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw IdentityError(.inputOutput, "another batch writes to \(folder.path): wait for it, or name another folder")
    }
    return BatchFolder(folder: folder, descriptor: descriptor)
  }

  private init(folder: URL, descriptor: Int32) {
    self.folder = folder
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Makes ready for these roles.
  /// - Throws: ``IdentityError``.
  func prepare(roles: Set<String>) throws(IdentityError) {
    removeUnfinished()
    try Self.make(unfinished)
    for role in roles { try Self.make(folder.appendingPathComponent(role, isDirectory: true)) }
  }

  /// Ends the batch.
  /// - Throws: ``IdentityError``.
  func finish() throws(IdentityError) {
    removeUnfinished()
    try sync()
  }

  /// Makes everything that was written durable: one sync of the folder's file system rather than four for each row.
  /// - Throws: ``IdentityError``.
  func sync() throws(IdentityError) {
    #if os(Linux)
      guard syncfs(descriptor) == 0 else {
        throw IdentityError(.inputOutput, "cannot sync the folder \(folder.path): \(SecretFile.systemReason())")
      }
    #else
      Foundation.sync()
    #endif
  }

  private var unfinished: URL { folder.appendingPathComponent(Self.unfinished, isDirectory: true) }

  private func removeUnfinished() { try? FileManager.default.removeItem(at: unfinished) }

  private static func make(_ folder: URL) throws(IdentityError) {
    if mkdir(folder.path, 0o700) == 0 { return }
    var status = stat()
    if errno == EEXIST, stat(folder.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    try SecretFile.prepare(folder: folder)
  }
}

extension IssuedSVID {
  /// Writes the three files and moves them to their place in one step; not yet durable.
  /// - Parameter draft: a folder that does not exist.
  /// - Throws: ``IdentityError``.
  func move(to place: URL, by draft: URL) throws(IdentityError) {
    guard mkdir(draft.path, 0o700) == 0 else {
      throw IdentityError(.inputOutput, "cannot make \(draft.path): \(SecretFile.systemReason())")
    }
    let key = draft.path + "/" + File.key.rawValue
    guard privateKeyPEM.withUnsafeBytes({ Self.write($0, to: key, mode: 0o600) }) else { throw Self.failure(key) }
    for (file, certificates) in [(File.certificate, chain), (.bundle, roots)] {
      let (path, text) = (draft.path + "/" + file.rawValue, Array(PEMFile.text(certificates).utf8))
      guard text.withUnsafeBytes({ Self.write($0, to: path, mode: 0o644) }) else { throw Self.failure(path) }
    }
    if rename(draft.path, place.path) == 0 { return }
    // An earlier certificate is there.
    try? FileManager.default.removeItem(at: draft)
    try write(to: place)
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to path: String, mode: mode_t) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return Foundation.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count
  }

  private static func failure(_ path: String) -> IdentityError {
    IdentityError(.inputOutput, "cannot write \(path): \(SecretFile.systemReason())")
  }
}
