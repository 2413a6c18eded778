import Crypto
public import Foundation
import TacetLog
import X509

extension CertificateAuthority {
  /// Makes a root and an intermediate, both keys encrypted under the passphrase, in `STATE/ca`.
  ///
  /// Nothing of it is there until all of it is: it is made in a neighbouring folder that is renamed at the end.
  /// - Parameter profiles: profiles (YAML) that are kept with the authority, by their files' names.
  /// - Returns: the SHA-256 fingerprints of both certificates, in lower-case hexadecimal.
  /// - Throws: ``IdentityError`` when there is an authority already, or the folder cannot be written.
  @discardableResult
  public static func initialise(
    state: URL, trustDomain: TrustDomain, passphrase: Passphrase, profiles: [URL] = [], at date: Date = Date()
  ) throws(IdentityError) -> (root: String, intermediate: String) {
    let root = try CertificateProfile.makeRoot(trustDomain: trustDomain, at: date)
    let intermediate = try CertificateProfile.makeIntermediate(trustDomain: trustDomain, root: root, at: date)
    let generation = Generation(
      roots: [root.certificate], rootKey: root.key, signers: [intermediate.certificate], key: intermediate.key)
    return try make(
      generation, state: state, trustDomain: trustDomain, passphrase: passphrase, profiles: profiles, at: date)
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
    guard !FileManager.default.fileExists(atPath: final.folder.path) else {
      throw IdentityError(.badInput, "\(final.folder.path) holds an authority already: name another state folder")
    }
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
  /// - Parameter date: roots that have had their time by then are not in the bundle.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase.
  public static func open(
    state: URL, passphrase: Passphrase, at date: Date = Date()
  ) throws(IdentityError) -> CertificateAuthority {
    let files = try Files.existing(state: state)
    let number = try files.generation()
    let generation = files.generation(number)
    let key = try generation.openKey(generation.intermediateKey, passphrase: passphrase)
    let record = Record(log: try files.openLog(passphrase: passphrase), files: files, generation: number)
    let roots = try files.bundle(at: date)
    let signers = Self.needed(of: try PEMFile.certificates(generation.intermediate), for: roots)
    return try CertificateAuthority(
      trustDomain: try files.readTrustDomain(), roots: roots, signers: signers, key: key, record: record)
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
