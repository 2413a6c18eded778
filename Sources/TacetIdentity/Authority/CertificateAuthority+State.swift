import Crypto
public import Foundation
import X509

extension CertificateAuthority {
  /// The files of an authority in a state folder.
  struct Files {
    let folder: URL

    init(state: URL) { folder = state.appendingPathComponent("ca", isDirectory: true) }
    init(folder: URL) { self.folder = folder }

    var root: URL { folder.appendingPathComponent("root.pem") }
    var rootKey: URL { folder.appendingPathComponent("root.key.enc") }
    var intermediate: URL { folder.appendingPathComponent("intermediate.pem") }
    var intermediateKey: URL { folder.appendingPathComponent("intermediate.key.enc") }
    var trustDomain: URL { folder.appendingPathComponent("trust-domain") }
    var register: URL { folder.appendingPathComponent("issued.jsonl") }
  }

  /// Makes a root and an intermediate, both keys encrypted under the passphrase, in `STATE/ca`.
  ///
  /// Nothing of it is there until all of it is: it is made in a neighbouring folder that is renamed at the end.
  /// - Returns: the SHA-256 fingerprints of both certificates, in lower-case hexadecimal.
  /// - Throws: ``IdentityError`` when there is an authority already, or the folder cannot be written.
  @discardableResult
  public static func initialise(
    state: URL, trustDomain: TrustDomain, passphrase: Passphrase
  ) throws(IdentityError) -> (root: String, intermediate: String) {
    try SecretFile.prepare(folder: state)
    let final = Files(state: state)
    guard !FileManager.default.fileExists(atPath: final.folder.path) else {
      throw IdentityError(.badInput, "\(final.folder.path) holds an authority already: name another state folder")
    }
    let draft = Files(folder: state.appendingPathComponent(".ca-\(UInt32.random(in: 0 ... .max))", isDirectory: true))
    do throws(IdentityError) {
      try SecretFile.prepare(folder: draft.folder)
      let made = try CertificateProfile.makeAuthority(trustDomain: trustDomain, at: Date())
      try Vault.seal(
        SecretBytes(Array(made.rootKey.pemRepresentation.utf8)), with: passphrase, to: draft.rootKey)
      try Vault.seal(
        SecretBytes(Array(made.intermediateKey.pemRepresentation.utf8)), with: passphrase, to: draft.intermediateKey)
      try SecretFile.write(Data(PEMFile.text([made.root]).utf8), to: draft.root, mode: 0o644)
      try SecretFile.write(Data(PEMFile.text([made.intermediate]).utf8), to: draft.intermediate, mode: 0o644)
      try SecretFile.write(Data((trustDomain.description + "\n").utf8), to: draft.trustDomain, mode: 0o644)
      guard rename(draft.folder.path, final.folder.path) == 0 else {
        throw IdentityError(.inputOutput, "cannot put \(final.folder.path) in place: \(SecretFile.systemReason())")
      }
      try SecretFile.sync(folder: state)
      return (root: fingerprint(made.root), intermediate: fingerprint(made.intermediate))
    } catch {
      try? FileManager.default.removeItem(at: draft.folder)
      throw error
    }
  }

  private static func fingerprint(_ der: [UInt8]) -> String {
    SHA256.hash(data: der).map { String(format: "%02x", $0) }.joined()
  }

  /// Opens the authority of a state folder, to issue with it.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase.
  public static func open(state: URL, passphrase: Passphrase) throws(IdentityError) -> CertificateAuthority {
    let files = Files(state: state)
    guard FileManager.default.fileExists(atPath: files.folder.path) else {
      throw IdentityError(.missing, "no authority in \(state.path): make one with `tacet ca init`")
    }
    try SecretFile.prepare(folder: files.folder)
    let name = (try? String(contentsOf: files.trustDomain, encoding: .utf8)) ?? ""
    guard let trustDomain = try? TrustDomain(name.trimmingCharacters(in: .newlines)),
      let root = try PEMFile.certificates(files.root).first,
      let intermediate = try PEMFile.certificates(files.intermediate).first
    else { throw IdentityError(.badInput, "\(files.folder.path) is damaged: restore it from a backup") }
    let secret = try Vault.open(files.intermediateKey, with: passphrase)
    guard
      let key = try? Certificate.PrivateKey(
        pemEncoded: secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
    else { throw IdentityError(.badInput, "\(files.intermediateKey.path) is damaged: restore it from a backup") }
    return try CertificateAuthority(
      trustDomain: trustDomain, root: root, intermediate: intermediate, key: key,
      register: IssuanceRegister(file: files.register))
  }
}
