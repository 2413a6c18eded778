import Foundation
import X509

/// The authority of a state folder with all keys open that are at work: of the generation in force, and of those before it that may
/// have certificates in use. It is good until the next rotation.
struct OpenAuthority: Sendable {
  /// The generation in force.
  let number: Int
  let authority: CertificateAuthority
  /// The one in force first.
  let generations: [Generation]

  /// A generation with its keys.
  struct Generation: Sendable {
    let number: Int
    /// When its last certificate expires; nil for the one in force.
    let until: Date?
    /// When it was replaced; nil for the one in force.
    let replaced: Date?
    let roots: [[UInt8]]
    let issuer: CertificateProfile.Issuer
    let tokenKey: TokenKey?

    func isAlive(at date: Date) -> Bool { until.map { date <= $0 } ?? true }

    /// Whether tokens that it signed may be in use.
    func hasTokens(at date: Date) -> Bool { replaced.map { date <= $0.addingTimeInterval(Self.tokensOverlap) } ?? true }

    /// Twice what a token can live: it may be signed some time after the rotation, until the new key is known.
    private static let tokensOverlap: TimeInterval = 600
  }

  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase.
  init(
    _ files: CertificateAuthority.Files, log: AuthorityLog, passphrase: Passphrase, pin: PKCS11PIN? = nil, at date: Date
  ) throws(IdentityError) {
    let number = try files.generation()
    let inForce = files.generation(number)
    if TokenKey.modified(inForce.tokenKey) == nil {
      try log.exclusively { _ throws(IdentityError) in
        guard TokenKey.modified(inForce.tokenKey) == nil else { return }
        try TokenKey.make(in: inForce, passphrase: passphrase)
      }
    }
    var generations = [try Self.open(number, files, isInForce: true, passphrase, pin)]
    for earlier in (1..<number).reversed() where files.generation(earlier).exists {
      guard let until = try files.generation(earlier).readUntil() else { throw files.damaged() }
      let replaced = TokenKey.modified(files.generation(earlier).until) ?? until
      guard date <= max(until, replaced.addingTimeInterval(600)) else { continue }
      generations.append(try Self.open(earlier, files, isInForce: false, passphrase, pin))
    }
    guard let first = generations.first else { throw files.damaged() }
    self.number = number
    self.generations = generations
    let roots = Self.roots(of: generations, at: date)
    authority = try CertificateAuthority(
      trustDomain: try files.readTrustDomain(), roots: roots,
      signers: CertificateAuthority.needed(of: try PEMFile.certificates(inForce.intermediate), for: roots),
      key: first.issuer.key, record: CertificateAuthority.Record(log: log, files: files, generation: number))
  }

  private static func open(
    _ number: Int, _ files: CertificateAuthority.Files, isInForce: Bool, _ passphrase: Passphrase,
    _ pin: PKCS11PIN?
  ) throws(IdentityError) -> Generation {
    let folder = files.generation(number)
    return Generation(
      number: number, until: isInForce ? nil : try folder.readUntil(),
      replaced: isInForce ? nil : TokenKey.modified(folder.until), roots: try PEMFile.certificates(folder.root),
      issuer: try folder.openIssuer(passphrase: passphrase, pin: pin),
      tokenKey: try TokenKey.open(in: folder, passphrase: passphrase))
  }

  /// The roots that are trusted, the one in force first.
  func roots(at date: Date) -> [[UInt8]] { Self.roots(of: generations, at: date) }

  private static func roots(of generations: [Generation], at date: Date) -> [[UInt8]] {
    var roots: [[UInt8]] = []
    for generation in generations where generation.isAlive(at: date) {
      for root in generation.roots where !roots.contains(root) { roots.append(root) }
    }
    return roots
  }

  /// Who may have certificates in use, the one in force first.
  func issuers(at date: Date) -> [CertificateProfile.Issuer] {
    var issuers: [CertificateProfile.Issuer] = []
    for generation in generations
    where generation.isAlive(at: date) && !issuers.contains(where: { $0.name == generation.issuer.name }) {
      issuers.append(generation.issuer)
    }
    return issuers
  }

  /// The keys whose tokens may be in use, the newest first.
  func tokenKeys(at date: Date) -> [TokenKey] {
    generations.filter { $0.hasTokens(at: date) }.compactMap(\.tokenKey)
  }

  /// What is presented above a leaf that a generation signed.
  /// - Throws: ``IdentityError``.
  func signers(
    of generation: Int, until end: Date, _ files: CertificateAuthority.Files, at date: Date
  ) throws(IdentityError) -> [[UInt8]] {
    guard generation != number else { return authority.signers(until: end) }
    let signers = try PEMFile.certificates(files.generation(generation).intermediate)
    return CertificateAuthority.needed(of: signers, for: roots(at: date))
  }
}
