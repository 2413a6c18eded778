public import Foundation
public import TacetLog

/// The key of a model log in its files: the private half (0600) for whoever publishes, the public half for whoever verifies.
public enum ModelLogKey {
  /// No key takes so many bytes.
  private static let mostBytes = 4096

  /// Makes a new key, and writes both halves, a line each: `file` and `file`.pub.
  /// - Parameter name: of the log: without white space and `+`.
  /// - Throws: ``RefreshError``, also where there is such a file already.
  public static func make(name: String, at file: URL) throws(RefreshError) -> NoteVerifier {
    let signer: NoteSigner
    do throws(NoteError) {
      signer = try NoteSigner(name: name)
    } catch {
      throw RefreshError(.badInput, "\(error)")
    }
    try write(signer.secretEncoding, to: file, mode: 0o600)
    try write(signer.verifier.description, to: file.appendingPathExtension("pub"), mode: 0o644)
    return signer.verifier
  }

  /// The private half.
  /// - Throws: ``RefreshError``, which never holds the content; not permitted where others may read the file.
  public static func signer(_ file: URL) throws(RefreshError) -> NoteSigner {
    var status = stat()
    if stat(file.path, &status) == 0, status.st_mode & 0o077 != 0 {
      throw RefreshError(.notPermitted, "\(file.path) may be read by others: chmod 600 it, and consider it known")
    }
    let line = try line(of: file)
    guard let signer = try? NoteSigner(encoded: line) else {
      throw RefreshError(.badInput, "\(file.path) holds no private key of a log: make one with `tacet model key`")
    }
    return signer
  }

  /// The public half.
  /// - Throws: ``RefreshError``.
  public static func verifier(_ file: URL) throws(RefreshError) -> NoteVerifier {
    let line = try line(of: file)
    guard let verifier = try? NoteVerifier(line) else {
      throw RefreshError(.badInput, "\(file.path) holds no public key of a log: `tacet model key` writes one")
    }
    return verifier
  }

  private static func line(of file: URL) throws(RefreshError) -> String {
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw RefreshError(.missing, "\(file.path) is missing: `tacet model key` makes a key")
    }
    guard let handle = try? FileHandle(forReadingFrom: file), let data = try? handle.read(upToCount: mostBytes) else {
      throw RefreshError(.inputOutput, "\(file.path) cannot be read")
    }
    try? handle.close()
    return String(decoding: data.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
  }

  private static func write(_ line: String, to file: URL, mode: mode_t) throws(RefreshError) {
    let isNew: Bool
    do throws(DurableFile.Failure) {
      isNew = try DurableFile.write(Array((line + "\n").utf8), to: file, mode: mode, replacing: false)
    } catch {
      throw RefreshError(.inputOutput, "\(file.path) cannot be written: \(error.reason)")
    }
    guard isNew else {
      throw RefreshError(.inputOutput, "\(file.path) cannot be made: it is there already, and nothing is overwritten")
    }
  }
}
