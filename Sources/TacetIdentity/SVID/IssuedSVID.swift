import Crypto
public import Foundation
import SwiftASN1
import X509

/// A certificate just issued, with its key, not yet on disk.
public struct IssuedSVID: Sendable {
  /// Whose it is.
  public let id: SPIFFEID
  /// The leaf's serial number, in lower-case hexadecimal.
  public let serial: String
  /// When it expires.
  public let notAfter: Date
  /// The chain: DER, leaf first, without the root.
  public let chain: [[UInt8]]
  /// The roots, DER.
  public let roots: [[UInt8]]
  /// The private key, PEM (PKCS #8).
  public let privateKeyPEM: SecretBytes

  /// The names of the files in a folder.
  public enum File: String, CaseIterable, Sendable {
    /// The leaf, then the intermediate.
    case certificate = "cert.pem"
    /// The private key, 0600.
    case key = "key.pem"
    /// The roots.
    case bundle = "bundle.pem"
  }

  /// The same as a loaded identity, without files in between.
  package var svid: SVID {
    SVID(id: id, chain: chain, roots: roots, privateKeyPEM: privateKeyPEM, notAfter: notAfter)
  }

  /// Writes `cert.pem`, `bundle.pem` and `key.pem` into a folder, each whole or not at all.
  ///
  /// A folder that exists must be empty, or hold an earlier certificate of the same ID, which is replaced. All three are on disk
  /// before the first is put in place, which is the certificate: wherever that is interrupted, the folder is known as one of this
  /// ID, can be written to again, and loaded (see ``SVID/load(certificate:key:bundle:)``).
  /// - Throws: ``IdentityError``.
  public func write(to folder: URL) throws(IdentityError) {
    try Self.check(folder, isFreeFor: id)
    try SecretFile.prepare(folder: folder)
    let lock = try SecretFile.lock(folder: folder)
    defer { close(lock) }
    try Self.removeLeftovers(in: folder)
    for file in try staged(in: folder) { try file.commit() }
    try SecretFile.sync(folder: folder)
  }

  private func staged(in folder: URL) throws(IdentityError) -> [SecretFile.Staged] {
    let contents: [(File, Data, mode_t)] = [
      (.certificate, Data(PEMFile.text(chain).utf8), 0o644), (.bundle, Data(PEMFile.text(roots).utf8), 0o644),
      (.key, privateKeyPEM.withUnsafeBytes { Data($0) }, 0o600),
    ]
    var staged: [SecretFile.Staged] = []
    do throws(IdentityError) {
      for (file, data, mode) in contents {
        staged.append(try SecretFile.stage(data, for: folder.appendingPathComponent(file.rawValue), mode: mode))
      }
    } catch {
      for file in staged { file.discard() }
      throw error
    }
    return staged
  }

  /// Removes what an interrupted write left: nobody else writes here now.
  private static func removeLeftovers(in folder: URL) throws(IdentityError) {
    for file in File.allCases {
      for left in SecretFile.leftovers(of: folder.appendingPathComponent(file.rawValue)) where unlink(left.path) != 0 {
        throw IdentityError(.inputOutput, "cannot remove \(left.path): \(SecretFile.systemReason())")
      }
    }
  }

  /// Whether a file is what ``SecretFile/write(_:to:mode:)`` leaves of one of ours when it is interrupted.
  private static func isLeftover(_ name: String) -> Bool {
    File.allCases.contains { SecretFile.isTemporary(name, of: $0.rawValue) }
  }

  /// Whether ``write(to:)`` will accept a folder, to be asked before anything is issued for it.
  /// - Throws: ``IdentityError`` when the folder holds anything but an earlier certificate of `id`.
  public static func check(_ folder: URL, isFreeFor id: SPIFFEID) throws(IdentityError) {
    let content = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { !isLeftover($0) }
    guard !content.isEmpty else { return }
    let known = Set(File.allCases.map(\.rawValue))
    let certificate = folder.appendingPathComponent(File.certificate.rawValue)
    guard Set(content).isSubset(of: known), content.contains(File.certificate.rawValue),
      let leaf = try PEMFile.certificates(certificate).first.flatMap({ try? Certificate(derEncoded: $0) }),
      LeafRules.uriNames(of: leaf) == [id.description]
    else {
      throw IdentityError(
        .badInput, "\(folder.path) is not empty and holds no earlier certificate of \(id.path): name another folder")
    }
  }
}
