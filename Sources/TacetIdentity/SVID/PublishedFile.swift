public import Foundation
import X509

/// Files of certificates, lists and proofs that an authority hands out: public, whole or not at all.
public enum PublishedFile {
  /// Writes a file (0644), durably.
  /// - Throws: ``IdentityError``.
  public static func write(_ text: String, to file: URL) throws(IdentityError) {
    try check(writable: file)
    try SecretFile.write(Data(text.utf8), to: file, mode: 0o644)
  }

  /// Whether the folder of a file takes it, to be asked before something is signed for it.
  /// - Throws: ``IdentityError``.
  public static func check(writable file: URL) throws(IdentityError) {
    var status = stat()
    if stat(file.path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw IdentityError(.badInput, "\(file.path) is there and is not a file")
    }
    let folder = file.deletingLastPathComponent()
    guard access(folder.path, W_OK | X_OK) == 0 else {
      throw IdentityError(.inputOutput, "cannot write to the folder \(folder.path): \(SecretFile.systemReason())")
    }
  }

  /// Whether a file can be written without losing anything but an earlier certificate of this ID.
  /// - Throws: ``IdentityError``.
  public static func check(_ file: URL, isFreeFor id: SPIFFEID) throws(IdentityError) {
    try check(writable: file)
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    let leaf = (try? PEMFile.certificates(file))?.first.flatMap { try? Certificate(derEncoded: $0) }
    guard let leaf, LeafRules.uriNames(of: leaf) == [id.description] else {
      throw IdentityError(.badInput, "\(file.path) is there and is no certificate of \(id.path): name another file")
    }
  }

  /// The PEM text of certificates.
  public static func text(_ certificates: [[UInt8]]) -> String { PEMFile.text(certificates) }

  /// The DER of the first certificate in a file.
  /// - Throws: ``IdentityError``.
  public static func leaf(of file: URL) throws(IdentityError) -> [UInt8] {
    guard let leaf = try PEMFile.certificates(file).first else {
      throw IdentityError(.badInput, "\(file.path) holds no certificate")
    }
    return leaf
  }
}
