public import Foundation
import TacetLog
import X509

extension CertificateAuthority {
  /// What a rotation replaces.
  public enum Rotation: Hashable, Sendable {
    /// The intermediate.
    case intermediate
    /// The root, and the intermediate with it.
    case root
  }

  /// Replaces the intermediate, or root and intermediate, by new ones.
  ///
  /// The old root stays in the bundle until the last certificate that was issued under it expires, and vouches for the new one by a
  /// bridge that is presented with every leaf: who has only the old bundle accepts what is issued from now on, and who has the new
  /// one what was issued before.
  /// - Parameter token: where the new intermediate's key is, if it has been made in a token. An authority whose key is in a token
  ///   keeps it in one.
  /// - Returns: the SHA-256 fingerprints of the root and the intermediate now in force, in lower-case hexadecimal.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase; nothing is changed then.
  @discardableResult
  public static func rotate(
    _ what: Rotation, state: URL, passphrase: Passphrase, token: (uri: PKCS11URI, pin: PKCS11PIN)? = nil,
    at date: Date = Date()
  ) throws(IdentityError) -> (root: String, intermediate: String) {
    let files = try Files.existing(state: state)
    let trustDomain = try files.readTrustDomain()
    return try replace(files: files, passphrase: passphrase, at: date) { old throws(IdentityError) in
      guard FileManager.default.fileExists(atPath: old.rootKey.path), let root = try certificates(old.root).first else {
        throw IdentityError(
          .badInput, "the root is not this authority's: have a new intermediate signed, and give it with --intermediate"
        )
      }
      let (rootKey, secret) = try old.openKeyText(old.rootKey, passphrase: passphrase)
      let oldRoot = CertificateProfile.Pair(certificate: root, key: rootKey, secret: secret)
      let bridges = try certificates(old.intermediate).dropFirst()
      let key = try nextKey(token, after: old)
      guard what == .root else {
        let new = try intermediate(key, trustDomain: trustDomain, root: oldRoot, at: date)
        return Generation(
          roots: [root], rootKey: oldRoot.secret, signers: [new.certificate] + bridges, key: new.secret,
          keyURI: token?.uri)
      }
      let newRoot = try CertificateProfile.makeRoot(trustDomain: trustDomain, at: date)
      let bridge = try CertificateProfile.makeBridge(
        trustDomain: trustDomain, from: oldRoot, to: newRoot.certificate, at: date)
      let new = try intermediate(key, trustDomain: trustDomain, root: newRoot, at: date)
      return Generation(
        roots: [newRoot.certificate], rootKey: newRoot.secret, signers: [new.certificate, bridge] + bridges,
        key: new.secret,
        keyURI: token?.uri)
    }
  }

  /// The key in a token that is to replace that of a generation; nil where a new one is to be made and kept in a file.
  private static func nextKey(
    _ token: (uri: PKCS11URI, pin: PKCS11PIN)?, after old: GenerationFiles
  ) throws(IdentityError) -> PKCS11Key? {
    guard let token else {
      guard try old.readKeyURI() == nil else {
        throw IdentityError(
          .badInput,
          "the intermediate's key is in a token: make the next one there, and name it with --intermediate-key")
      }
      return nil
    }
    let key = try PKCS11Key(token.uri, pin: token.pin)
    guard key.publicKey != (try old.readIntermediate().publicKey) else {
      throw IdentityError(.badInput, "the key of \(token.uri) is the one in force: make another")
    }
    return key
  }

  /// Replaces the intermediate by one that somebody else's root has signed. The old roots stay in the bundle until the last
  /// certificate that was issued under them expires.
  /// - Returns: as ``rotate(_:state:passphrase:at:)``.
  /// - Throws: ``IdentityError`` also when SVIDs that it signs would not be accepted.
  @discardableResult
  public static func rotate(
    to imported: ImportedIntermediate, state: URL, passphrase: Passphrase, at date: Date = Date()
  ) async throws(IdentityError) -> (root: String, intermediate: String) {
    let files = try Files.existing(state: state)
    let generation = try await imported.generation(trustDomain: try files.readTrustDomain(), at: date)
    return try replace(files: files, passphrase: passphrase, at: date) { _ in generation }
  }

  /// Puts another generation in force, while nobody issues: its files, then the log, then the link.
  private static func replace(
    files: Files, passphrase: Passphrase, at date: Date,
    by make: (GenerationFiles) throws(IdentityError) -> Generation
  ) throws(IdentityError) -> (root: String, intermediate: String) {
    try SecretFile.prepare(folder: files.folder)
    return try files.openLog(passphrase: passphrase).exclusively { turn throws(IdentityError) in
      let number = try files.generation()
      let old = files.generation(number)
      let generation = try make(old)
      // A rotation that was interrupted left it behind, or its draft; nothing was issued by it.
      try? FileManager.default.removeItem(at: files.generation(number + 1).folder)
      for draft in (try? FileManager.default.contentsOfDirectory(atPath: files.generations.path)) ?? []
      where draft.hasPrefix(".") {
        try? FileManager.default.removeItem(at: files.generations.appendingPathComponent(draft))
      }
      try generation.write(as: number + 1, in: files, passphrase: passphrase)
      let end = try lastExpiry(in: turn, of: try old.readIntermediate(), after: date)
      try SecretFile.write(Data("\(end)\n".utf8), to: old.until, mode: 0o600)
      try turn.append(try generation.entries().map { .rotate($0) }, at: date)
      try files.makeCurrent(number + 1)
      return try generation.fingerprints()
    }
  }

  /// When the last certificate expires that an intermediate has signed; at least `date`.
  private static func lastExpiry(
    in turn: AuthorityLog.Turn, of intermediate: Certificate, after date: Date
  ) throws(IdentityError) -> UInt64 {
    let name = Hexadecimal.text(CertificateProfile.keyIdentifier(of: intermediate))
    var last = date.secondsSince1970
    try turn.forEachEntry { entry throws(IdentityError) in
      if let leaf = entry.leaf, leaf.issuer == name { last = max(last, leaf.notAfter) }
    }
    return last
  }

  private static func certificates(_ file: URL) throws(IdentityError) -> [Certificate] {
    try PEMFile.certificates(file).compactMap { try? Certificate(derEncoded: $0) }
  }
}
