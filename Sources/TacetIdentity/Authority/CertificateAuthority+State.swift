import Crypto
public import Foundation
import TacetLog
import X509

extension CertificateAuthority {
  /// Makes a root and an intermediate, both keys encrypted under the passphrase, in `STATE/ca`.
  ///
  /// Nothing of it is there until all of it is: it is made in a neighbouring folder that is renamed at the end.
  /// - Parameters:
  ///   - token: where the intermediate's key is, if it has been made in a token: it stays there.
  ///   - profiles: profiles (YAML) that are kept with the authority, by their files' names.
  /// - Returns: the SHA-256 fingerprints of both certificates, in lower-case hexadecimal.
  /// - Throws: ``IdentityError`` when there is an authority already, or the folder cannot be written.
  @discardableResult
  public static func initialise(
    state: URL, trustDomain: TrustDomain, passphrase: Passphrase, token: (uri: PKCS11URI, pin: PKCS11PIN)? = nil,
    profiles: [URL] = [], at date: Date = Date()
  ) throws(IdentityError) -> (root: String, intermediate: String) {
    guard PathRules.isHostName(trustDomain) else {
      throw IdentityError(
        .badInput,
        "the trust domain \(trustDomain) is no host name, so that no intermediate can be constrained to it: name one as city.example"
      )
    }
    let key = try token.map { token throws(IdentityError) in try PKCS11Key(token.uri, pin: token.pin) }
    let root = try CertificateProfile.makeRoot(trustDomain: trustDomain, at: date)
    let intermediate = try intermediate(key, trustDomain: trustDomain, root: root, at: date)
    let generation = Generation(
      roots: [root.certificate], rootKey: root.secret, signers: [intermediate.certificate], key: intermediate.secret,
      keyURI: token?.uri)
    return try make(
      generation, state: state, trustDomain: trustDomain, passphrase: passphrase, profiles: profiles, at: date)
  }

  /// An intermediate: for the key in a token, else with a new one.
  static func intermediate(
    _ key: PKCS11Key?, trustDomain: TrustDomain, root: CertificateProfile.Pair, at date: Date
  ) throws(IdentityError) -> CertificateProfile.Pair {
    guard let key else {
      return try CertificateProfile.makeIntermediate(trustDomain: trustDomain, root: root, at: date)
    }
    let certificate = try CertificateProfile.intermediate(
      for: key.publicKey, trustDomain: trustDomain, root: root, at: date)
    return CertificateProfile.Pair(certificate: certificate, key: Certificate.PrivateKey(key))
  }

  /// Makes an authority of an intermediate that somebody else's root, or intermediate, has signed; its key is encrypted under
  /// the passphrase, in `STATE/ca`.
  /// - Parameter imported: the intermediate.
  /// - Returns: as ``initialise(state:trustDomain:passphrase:profiles:at:)``.
  /// - Throws: ``IdentityError`` also when SVIDs that it signs would not be accepted.
  @discardableResult
  public static func initialise(
    state: URL, trustDomain: TrustDomain, passphrase: Passphrase, importing imported: ImportedIntermediate,
    profiles: [URL] = [], at date: Date = Date()
  ) async throws(IdentityError) -> (root: String, intermediate: String) {
    let generation = try await imported.generation(trustDomain: trustDomain, at: date)
    return try make(
      generation, state: state, trustDomain: trustDomain, passphrase: passphrase, profiles: profiles, at: date)
  }

  private static func make(
    _ generation: Generation, state: URL, trustDomain: TrustDomain, passphrase: Passphrase, profiles: [URL],
    at date: Date
  ) throws(IdentityError) -> (root: String, intermediate: String) {
    try SecretFile.prepare(folder: state)
    let final = Files(state: state)
    let occupied = IdentityError(
      .badInput, "\(final.folder.path) holds an authority already: name another state folder")
    guard !FileManager.default.fileExists(atPath: final.folder.path) else { throw occupied }
    let draft = Files(folder: state.appendingPathComponent(".ca-\(UInt32.random(in: 0 ... .max))", isDirectory: true))
    do throws(IdentityError) {
      try SecretFile.prepare(folder: draft.folder)
      try generation.write(as: 1, in: draft, passphrase: passphrase)
      try draft.makeCurrent(1)
      try SecretFile.write(Data((trustDomain.description + "\n").utf8), to: draft.trustDomain, mode: 0o644)
      try draft.keep(profiles)
      let signer = try draft.makeLogKey(passphrase: passphrase)
      try AuthorityLog.make(
        file: draft.log, signer: signer,
        contents: try generation.entries().map { .install($0) }, at: date)
      guard rename(draft.folder.path, final.folder.path) == 0 else {
        // Somebody else was faster.
        if errno == ENOTEMPTY || errno == EEXIST { throw occupied }
        throw IdentityError(.inputOutput, "cannot put \(final.folder.path) in place: \(SecretFile.systemReason())")
      }
      try SecretFile.sync(folder: state)
      return try generation.fingerprints()
    } catch {
      try? FileManager.default.removeItem(at: draft.folder)
      throw error
    }
  }

  /// Opens the authority of a state folder, to issue with it.
  /// - Parameters:
  ///   - pin: of the token that the intermediate's key is in, if it is in one (see ``needsPIN(state:at:)``).
  ///   - date: roots that have had their time by then are not in the bundle.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase or PIN.
  public static func open(
    state: URL, passphrase: Passphrase, pin: PKCS11PIN? = nil, at date: Date = Date()
  ) throws(IdentityError) -> CertificateAuthority {
    let files = try Files.existing(state: state)
    let number = try files.generation()
    let generation = files.generation(number)
    // The passphrase before the PIN, of which tokens count the wrong ones.
    let record = Record(log: try files.openLog(passphrase: passphrase), files: files, generation: number)
    let key = try generation.openIntermediateKey(passphrase: passphrase, pin: pin)
    let roots = try files.bundle(at: date)
    let signers = Self.needed(of: try PEMFile.certificates(generation.intermediate), for: roots)
    return try CertificateAuthority(
      trustDomain: try files.readTrustDomain(), roots: roots, signers: signers, key: key, record: record)
  }

  /// Whether the key of an intermediate that may have certificates in use is in a token, which needs its PIN.
  /// - Throws: ``IdentityError``.
  public static func needsPIN(state: URL, at date: Date = Date()) throws(IdentityError) -> Bool {
    for generation in try Files.existing(state: state).living(at: date) where try generation.readKeyURI() != nil {
      return true
    }
    return false
  }

  /// The intermediate, and of what is above it that which leads to a trusted root: not the bridges from roots that have had their time.
  static func needed(of signers: [[UInt8]], for roots: [[UInt8]]) -> [[UInt8]] {
    let parsed = signers.map { try? Certificate(derEncoded: $0) }
    let subjects = Set((roots.map { try? Certificate(derEncoded: $0) } + parsed).compactMap { $0?.subject })
    return zip(signers, parsed).enumerated().filter { position, signer in
      position == 0 || signer.1.map { subjects.contains($0.issuer) } ?? false
    }.map(\.element.0)
  }

  /// The profile of that name which is kept with the authority; the built-in one for `default` where none is kept.
  /// - Throws: ``IdentityError``, ``DocumentError``.
  public static func profile(named name: String, state: URL) throws -> LeafProfile {
    guard SPIFFEID.isSegment(name) else {
      throw IdentityError(.badInput, "\(name.debugDescription) is no name of a profile")
    }
    let file = try Files.existing(state: state).profiles.appendingPathComponent("\(name).yaml")
    guard FileManager.default.fileExists(atPath: file.path) else {
      guard name == LeafProfile.standard.name else { throw IdentityError(.missing, "\(file.path) is missing") }
      return .standard
    }
    return try LeafProfile.load(from: file)
  }

  /// The bundle of the authority of a state folder: the roots that are trusted, DER.
  /// - Throws: ``IdentityError``.
  public static func bundle(state: URL, at date: Date = Date()) throws(IdentityError) -> [[UInt8]] {
    try Files.existing(state: state).bundle(at: date)
  }
}
