import Crypto
public import Foundation
import SwiftASN1
import TacetLog
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

  // MARK: Files

  /// Writes `cert.pem`, `key.pem` and `bundle.pem` into a folder, each whole or not at all.
  ///
  /// A folder that exists must be empty, or hold an earlier certificate of the same ID, which is replaced.
  /// - Throws: ``IdentityError``.
  public func write(to folder: URL) throws(IdentityError) {
    try Self.check(folder, isFreeFor: id)
    try SecretFile.prepare(folder: folder)
    try put(into: folder)
  }

  /// Writes them in the place of an earlier certificate of the same ID; what else is in the folder stays.
  /// - Throws: ``IdentityError``.
  public func replace(in folder: URL) throws(IdentityError) {
    try Self.check(folder, holds: id)
    try put(into: folder)
  }

  /// Whoever is stopped in the middle, by a full disk too, leaves a certificate whose key is there: in its place, or beside it
  /// (see ``nextKey(of:)``).
  private func put(into folder: URL) throws(IdentityError) {
    let lock = try SecretFile.lock(folder: folder)
    defer { close(lock) }
    try Self.removeTemporaries(in: folder)
    let file = { (file: File) in folder.appendingPathComponent(file.rawValue) }
    let next = Self.nextKey(of: file(.key))
    try Self.finish(in: folder)
    try SecretFile.write(privateKeyPEM.withUnsafeBytes { Data($0) }, to: next, mode: 0o600)
    try SecretFile.write(Data(PEMFile.text(chain).utf8), to: file(.certificate), mode: 0o644)
    try SecretFile.move(next, to: file(.key))
    try SecretFile.write(Data(PEMFile.text(roots).utf8), to: file(.bundle), mode: 0o644)
  }

  /// The file in which a new key waits until its certificate is in its place.
  static func nextKey(of key: URL) -> URL { key.appendingPathExtension("next") }

  /// Puts a key into its place that another writer has left beside its certificate.
  private static func finish(in folder: URL) throws(IdentityError) {
    let key = folder.appendingPathComponent(File.key.rawValue)
    let next = nextKey(of: key)
    guard FileManager.default.fileExists(atPath: next.path),
      let certificate = try? PEMFile.certificates(folder.appendingPathComponent(File.certificate.rawValue)).first,
      let leaf = try? Certificate(derEncoded: certificate), (try? SVID.key(next, isOf: leaf)) != nil
    else { return }
    try SecretFile.move(next, to: key)
  }

  /// Removes what an interrupted write left: nobody else writes here now.
  private static func removeTemporaries(in folder: URL) throws(IdentityError) {
    let content = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in content where isTemporary(name) {
      guard unlink(folder.appendingPathComponent(name).path) == 0 else {
        throw IdentityError(.inputOutput, "cannot remove \(name) from \(folder.path): \(SecretFile.systemReason())")
      }
    }
  }

  /// Whether ``write(to:)`` will accept a folder, to be asked before anything is issued for it.
  /// - Throws: ``IdentityError`` when the folder holds anything but an earlier certificate of `id`.
  public static func check(_ folder: URL, isFreeFor id: SPIFFEID) throws(IdentityError) {
    let content = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let others = content.filter { !isUnfinished($0) }
    guard !others.isEmpty else { return }
    let isOurs = Set(others).isSubset(of: File.allCases.map(\.rawValue))
    guard isOurs, try holds(id, folder) else {
      throw IdentityError(
        .badInput, "\(folder.path) is not empty and holds no earlier certificate of \(id.path): name another folder")
    }
  }

  /// Whether ``replace(in:)`` will accept a folder, to be asked before anything is issued for it.
  /// - Throws: ``IdentityError`` when the folder holds no certificate of `id`, or cannot be written to.
  package static func check(_ folder: URL, holds id: SPIFFEID) throws(IdentityError) {
    guard try holds(id, folder) else {
      throw IdentityError(.badInput, "\(folder.path) holds no certificate of \(id.path)")
    }
    guard access(folder.path, W_OK | X_OK) == 0 else {
      throw IdentityError(.inputOutput, "the folder \(folder.path) is read-only: make it writable")
    }
  }

  private static func holds(_ id: SPIFFEID, _ folder: URL) throws(IdentityError) -> Bool {
    let chain = try PEMFile.certificates(folder.appendingPathComponent(File.certificate.rawValue))
    guard let leaf = chain.first.flatMap({ try? Certificate(derEncoded: $0) }) else { return false }
    return LeafRules.uriNames(of: leaf) == [id.description]
  }

  /// Whether a file is what a writer has left who was stopped.
  private static func isUnfinished(_ name: String) -> Bool { name == nextKey || isTemporary(name) }

  private static func isTemporary(_ name: String) -> Bool {
    (File.allCases.map(\.rawValue) + [nextKey]).contains { DurableFile.isTemporary(name, of: $0) }
  }

  private static var nextKey: String { nextKey(of: URL(fileURLWithPath: File.key.rawValue)).lastPathComponent }
}
