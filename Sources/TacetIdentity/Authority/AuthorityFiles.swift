import Crypto
import Foundation
import TacetDocument
import TacetLog
import X509

extension CertificateAuthority {
  /// The files of an authority in a state folder. `current` is a link to the generation in force, replaced in one step by a
  /// rotation.
  struct Files: Sendable {
    let folder: URL

    init(state: URL) { folder = state.appendingPathComponent("ca", isDirectory: true) }
    init(folder: URL) { self.folder = folder }

    /// - Throws: ``IdentityError`` when there is no authority, or its folder is open to others.
    static func existing(state: URL) throws(IdentityError) -> Files {
      let files = Files(state: state)
      guard FileManager.default.fileExists(atPath: files.folder.path) else {
        throw IdentityError(.missing, "no authority in \(state.path): make one with `tacet ca init`")
      }
      // Whoever only reads may do so where nobody can write: a backup, an auditor's copy.
      try SecretFile.check(folder: files.folder)
      return files
    }

    var current: URL { folder.appendingPathComponent("current") }
    var generations: URL { folder.appendingPathComponent("generations", isDirectory: true) }
    var trustDomain: URL { folder.appendingPathComponent("trust-domain") }
    var log: URL { folder.appendingPathComponent("log.jsonl") }
    var logKey: URL { folder.appendingPathComponent("log.key.enc") }
    var logPublicKey: URL { folder.appendingPathComponent("log.pub") }
    var profiles: URL { folder.appendingPathComponent("profiles", isDirectory: true) }
    /// The join tokens.
    var tokens: URL { folder.appendingPathComponent("tokens", isDirectory: true) }
    /// What was issued for join tokens, for those who did not get the reply.
    var redemptions: URL { tokens.appendingPathComponent("redeemed.jsonl") }
    /// The number of the bundle, and the hash of what it numbers.
    var bundleNumber: URL { folder.appendingPathComponent("bundle.number") }

    /// The lists of the roots, as they were signed last.
    var rootLists: URL { folder.appendingPathComponent("root-crl.pem") }

    var root: URL { GenerationFiles(folder: current).root }
    var rootKey: URL { GenerationFiles(folder: current).rootKey }
    var intermediate: URL { GenerationFiles(folder: current).intermediate }
    var intermediateKey: URL { GenerationFiles(folder: current).intermediateKey }

    func generation(_ number: Int) -> GenerationFiles {
      GenerationFiles(folder: generations.appendingPathComponent("\(number)", isDirectory: true))
    }

    // MARK: Reading

    /// The number of the generation in force.
    /// - Throws: ``IdentityError``.
    func generation() throws(IdentityError) -> Int {
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: current.path)
      guard let target, target.hasPrefix("generations/"), let number = Int(target.dropFirst(12)), number > 0 else {
        throw damaged()
      }
      return number
    }

    /// - Throws: ``IdentityError``.
    func readTrustDomain() throws(IdentityError) -> TrustDomain {
      let name = (try? String(contentsOf: trustDomain, encoding: .utf8)) ?? ""
      guard let domain = try? TrustDomain(name.trimmingCharacters(in: .newlines)) else { throw damaged() }
      return domain
    }

    /// The generations that may have certificates in use, the one in force first: all whose time, set by the rotation that
    /// replaced them, is not over.
    /// - Throws: ``IdentityError``.
    func living(at date: Date) throws(IdentityError) -> [GenerationFiles] {
      let number = try generation()
      var living = [generation(number)]
      for earlier in (1..<number).reversed().map(generation) where earlier.exists {
        guard let end = try earlier.readUntil() else { throw damaged() }
        if date <= end { living.append(earlier) }
      }
      return living
    }

    /// The roots that are trusted, the one in force first.
    /// - Throws: ``IdentityError``.
    func bundle(at date: Date) throws(IdentityError) -> [[UInt8]] {
      var roots: [[UInt8]] = []
      for generation in try living(at: date) {
        for root in try PEMFile.certificates(generation.root) where !roots.contains(root) { roots.append(root) }
      }
      guard !roots.isEmpty else { throw damaged() }
      return roots
    }

    func damaged() -> IdentityError {
      IdentityError(.badInput, "\(folder.path) is damaged: restore it from a backup")
    }

    // MARK: The log

    /// - Throws: ``IdentityError``: not permitted for a wrong passphrase.
    func openLog(passphrase: Passphrase) throws(IdentityError) -> AuthorityLog {
      let secret = try Vault.open(logKey, with: passphrase)
      let text = secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      guard let signer = try? NoteSigner(encoded: text) else { throw damaged() }
      return AuthorityLog(file: log, signer: signer)
    }

    /// The log, for reading only.
    /// - Throws: ``IdentityError``.
    func readLog() throws(IdentityError) -> LogFile {
      LogFile(file: log, key: try readLogKey())
    }

    /// The log's public key.
    /// - Throws: ``IdentityError``.
    func readLogKey() throws(IdentityError) -> NoteVerifier {
      guard let text = try? String(contentsOf: logPublicKey, encoding: .utf8),
        let key = try? NoteVerifier(text.trimmingCharacters(in: .newlines))
      else { throw damaged() }
      return key
    }

    // MARK: Writing

    /// Makes the log's key; the name is the log's origin: unique, and says nothing about the machine.
    /// - Throws: ``IdentityError``.
    func makeLogKey(passphrase: Passphrase) throws(IdentityError) -> NoteSigner {
      let mark = Hexadecimal.text((0..<8).map { _ in UInt8.random(in: 0...255) })
      guard let signer = try? NoteSigner(name: "tacet-ca/\(mark)") else {
        throw IdentityError(.internalFault, "the key of the log could not be made")
      }
      try Vault.seal(SecretBytes(Array(signer.secretEncoding.utf8)), with: passphrase, to: logKey)
      try SecretFile.write(Data((signer.verifier.description + "\n").utf8), to: logPublicKey, mode: 0o644)
      return signer
    }

    /// Puts a generation in force, in one step.
    /// - Throws: ``IdentityError``.
    func makeCurrent(_ number: Int) throws(IdentityError) {
      let temporary = folder.appendingPathComponent(".current-\(UInt32.random(in: 0 ... .max))")
      guard symlink("generations/\(number)", temporary.path) == 0, rename(temporary.path, current.path) == 0 else {
        let reason = SecretFile.systemReason()
        unlink(temporary.path)
        throw IdentityError(.inputOutput, "cannot write \(current.path): \(reason)")
      }
      try SecretFile.sync(folder: folder)
    }

    /// Keeps copies of profiles, after reading them.
    /// - Throws: ``IdentityError`` with the line of what is wrong in one.
    func keep(_ sources: [URL]) throws(IdentityError) {
      try SecretFile.prepare(folder: profiles)
      for source in sources {
        do throws(DocumentError) {
          _ = try LeafProfile.load(from: source)
        } catch {
          throw IdentityError(error.kind == .missing ? .missing : .badInput, error.description)
        }
        guard SPIFFEID.isSegment(source.lastPathComponent), source.pathExtension == "yaml",
          let data = FileManager.default.contents(atPath: source.path)
        else { throw IdentityError(.badInput, "\(source.path) is no profile: name it NAME.yaml") }
        try SecretFile.write(data, to: profiles.appendingPathComponent(source.lastPathComponent), mode: 0o600)
      }
    }
  }

  /// The files of one generation: a root with its intermediate.
  struct GenerationFiles: Sendable {
    let folder: URL

    /// The root, or the roots of an imported intermediate.
    var root: URL { folder.appendingPathComponent("root.pem") }
    /// Absent where the root is somebody else's.
    var rootKey: URL { folder.appendingPathComponent("root.key.enc") }
    /// The intermediate, then what is presented above it.
    var intermediate: URL { folder.appendingPathComponent("intermediate.pem") }
    /// Absent where the key is in a token.
    var intermediateKey: URL { folder.appendingPathComponent("intermediate.key.enc") }
    /// Where the key is in a token: which, without its PIN.
    var intermediateKeyURI: URL { folder.appendingPathComponent("intermediate.key.uri") }
    /// The key of JWT-SVIDs; absent until it is wanted first.
    var tokenKey: URL { folder.appendingPathComponent("jwt.key.enc") }
    /// When the last certificate of a replaced generation expires.
    var until: URL { folder.appendingPathComponent("until") }

    var exists: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// - Throws: ``IdentityError``: not permitted for a wrong passphrase.
    func openKey(_ file: URL, passphrase: Passphrase) throws(IdentityError) -> Certificate.PrivateKey {
      try openKeyText(file, passphrase: passphrase).key
    }

    /// A key, with its PEM text.
    /// - Throws: ``IdentityError``: not permitted for a wrong passphrase.
    func openKeyText(
      _ file: URL, passphrase: Passphrase
    ) throws(IdentityError) -> (key: Certificate.PrivateKey, text: SecretBytes) {
      let text = try Vault.open(file, with: passphrase)
      guard let key = text.privateKey() else {
        throw IdentityError(.badInput, "\(file.path) is damaged: restore it from a backup")
      }
      return (key, text)
    }

    /// The intermediate's key, out of its file or in its token.
    /// - Parameter pin: of the token, if there is one.
    /// - Throws: ``IdentityError``: not permitted for a wrong passphrase or PIN.
    func openIntermediateKey(
      passphrase: Passphrase, pin: PKCS11PIN?
    ) throws(IdentityError) -> Certificate.PrivateKey {
      guard let uri = try readKeyURI() else { return try openKey(intermediateKey, passphrase: passphrase) }
      guard let pin else {
        throw IdentityError(.notPermitted, "the intermediate's key is in a token: its PIN is needed")
      }
      return Certificate.PrivateKey(try PKCS11Key(uri, pin: pin, publicKey: try readIntermediate().publicKey))
    }

    /// The intermediate with its key.
    /// - Throws: ``IdentityError``.
    func openIssuer(passphrase: Passphrase, pin: PKCS11PIN?) throws(IdentityError) -> CertificateProfile.Issuer {
      let key = try openIntermediateKey(passphrase: passphrase, pin: pin)
      return CertificateProfile.Issuer(certificate: try readIntermediate(), key: key)
    }

    /// In which token the intermediate's key is; nil where it is in a file.
    /// - Throws: ``IdentityError``.
    func readKeyURI() throws(IdentityError) -> PKCS11URI? {
      guard FileManager.default.fileExists(atPath: intermediateKeyURI.path) else { return nil }
      let text = try SecretFile.firstLine(of: intermediateKeyURI, holding: "URI of a key")
      return try PKCS11URI(String(decoding: text, as: UTF8.self))
    }

    /// - Throws: ``IdentityError``.
    func readIntermediate() throws(IdentityError) -> Certificate {
      guard let der = try PEMFile.certificates(intermediate).first, let certificate = try? Certificate(derEncoded: der)
      else { throw IdentityError(.badInput, "\(intermediate.path) is damaged: restore it from a backup") }
      return certificate
    }

    /// The time that the rotation has set, if there was one.
    /// - Throws: ``IdentityError``.
    func readUntil() throws(IdentityError) -> Date? {
      guard exists, let text = try? String(contentsOf: until, encoding: .utf8) else { return nil }
      guard let seconds = UInt64(text.trimmingCharacters(in: .newlines)) else {
        throw IdentityError(.badInput, "\(until.path) is damaged: restore it from a backup")
      }
      return Date(timeIntervalSince1970: TimeInterval(seconds))
    }
  }

  /// A root with its intermediate, about to be kept.
  struct Generation: Sendable {
    let roots: [Certificate]
    /// PEM text; nil where it is somebody else's.
    let rootKey: SecretBytes?
    /// The intermediate, then what is presented above it.
    let signers: [Certificate]
    /// The intermediate's, PEM text; nil where it is in a token.
    let key: SecretBytes?
    /// In which token the key is; nil where it is to be kept in a file.
    var keyURI: PKCS11URI?

    /// Writes it; whole or not at all.
    /// - Throws: ``IdentityError``.
    func write(as number: Int, in files: Files, passphrase: Passphrase) throws(IdentityError) {
      try SecretFile.prepare(folder: files.generations)
      let draft = GenerationFiles(
        folder: files.generations.appendingPathComponent(".\(number)-\(UInt32.random(in: 0 ... .max))"))
      do throws(IdentityError) {
        try SecretFile.prepare(folder: draft.folder)
        if let rootKey { try Vault.seal(rootKey, with: passphrase, to: draft.rootKey) }
        if let keyURI {
          try SecretFile.write(Data("\(keyURI)\n".utf8), to: draft.intermediateKeyURI, mode: 0o600)
        } else if let key {
          try Vault.seal(key, with: passphrase, to: draft.intermediateKey)
        } else {
          throw IdentityError(.internalFault, "an intermediate without a key")
        }
        try write(roots, to: draft.root)
        try write(signers, to: draft.intermediate)
        guard rename(draft.folder.path, files.generation(number).folder.path) == 0 else {
          throw IdentityError(.inputOutput, "cannot write \(files.generations.path): \(SecretFile.systemReason())")
        }
        try SecretFile.sync(folder: files.generations)
      } catch {
        try? FileManager.default.removeItem(at: draft.folder)
        throw error
      }
    }

    /// What the log says of it: the roots, then the intermediate.
    /// - Throws: ``IdentityError``.
    func entries() throws(IdentityError) -> [AuthorityEntry.Signer] {
      var entries: [AuthorityEntry.Signer] = []
      for root in roots { entries.append(try AuthorityEntry.Signer(root, level: .root)) }
      if let intermediate = signers.first {
        entries.append(try AuthorityEntry.Signer(intermediate, level: .intermediate))
      }
      return entries
    }

    /// SHA-256 of root and intermediate.
    /// - Throws: ``IdentityError``.
    func fingerprints() throws(IdentityError) -> (root: String, intermediate: String) {
      guard let root = roots.first, let intermediate = signers.first else {
        throw IdentityError(.internalFault, "an authority without a certificate")
      }
      return (
        root: Fingerprint.of(try CertificateProfile.der(root)),
        intermediate: Fingerprint.of(try CertificateProfile.der(intermediate))
      )
    }

    private func write(_ certificates: [Certificate], to file: URL) throws(IdentityError) {
      let ders = try certificates.map(CertificateProfile.der)
      try SecretFile.write(Data(PEMFile.text(ders).utf8), to: file, mode: 0o644)
    }
  }
}
