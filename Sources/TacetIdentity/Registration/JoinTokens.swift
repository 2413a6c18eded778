import CSodium
import Crypto
public import Foundation
import TacetLog
import X509

/// The join tokens of the authority of a state folder: made and listed without its passphrase. A file each, of which the secret's
/// hash is all that could help a reader.
public struct JoinTokens: Sendable {
  /// How long a token may be good.
  public static let validities: ClosedRange<Duration> = .seconds(60)...(.seconds(30 * 86400))

  /// How long the file of a token is kept when its time is over: it is listed, and a retry finds it.
  private static let keptAfterExpiry: TimeInterval = 86400
  private static let mostBytes = 16 << 10
  private static let usualBytes = 768
  private static let ending = ".json"

  /// Whose tokens.
  public let trustDomain: TrustDomain
  private let files: CertificateAuthority.Files
  private let folder: URL
  /// The same as text: making URLs costs more than reading a file.
  private let prefix: String

  /// Removes the files of tokens whose time is long over, too.
  /// - Throws: ``IdentityError`` when there is no authority in the folder.
  public init(state: URL) throws(IdentityError) {
    try self.init(try CertificateAuthority.Files.existing(state: state))
    try sweep(at: Date())
  }

  init(_ files: CertificateAuthority.Files) throws(IdentityError) {
    self.files = files
    trustDomain = try files.readTrustDomain()
    folder = files.tokens
    prefix = files.tokens.path + "/"
    try SecretFile.prepare(folder: folder)
  }

  // MARK: Making

  /// Makes a token, durably. What would be refused when it is redeemed is refused now.
  /// - Parameters:
  ///   - id: whom it is for.
  ///   - validity: how long it can be redeemed.
  ///   - lifetime: of the certificate; nil for the profile's.
  ///   - dnsNames: further names.
  ///   - ipAddresses: further addresses.
  ///   - profile: what may be granted.
  /// - Throws: ``IdentityError``.
  public func make(
    for id: SPIFFEID, validFor validity: Duration = .seconds(600), lifetime: Duration? = nil, dnsNames: [String] = [],
    ipAddresses: [String] = [], profile: LeafProfile = .standard, at date: Date = Date()
  ) throws(IdentityError) -> (token: JoinToken, record: JoinTokenRecord) {
    guard id.trustDomain == trustDomain else {
      throw IdentityError(.badInput, "\(id) is not of this authority's trust domain \(trustDomain)")
    }
    guard Self.validities.contains(validity) else {
      throw IdentityError(
        .badInput,
        "a token is good for \(Self.validities.lowerBound.inWords) to \(Self.validities.upperBound.inWords), not "
          + validity.inWords)
    }
    try profile.checkRole(of: id)
    try profile.checkLifetime(lifetime ?? profile.lifetime)
    try profile.checkNames(dns: dnsNames, ip: ipAddresses)
    _ = try CertificateProfile.names(id, dnsNames: dnsNames, ipAddresses: ipAddresses)
    try CertificateProfile.checkMaySign(try files.generation(try files.generation()).readIntermediate(), at: date)
    guard let root = try PEMFile.certificates(files.root).first else { throw files.damaged() }
    let token = try JoinToken.make(root: root, trustDomain: trustDomain)
    let record = JoinTokenRecord(
      id: token.id, spiffeID: id, profile: profile.name, lifetime: lifetime ?? profile.lifetime, dnsNames: dnsNames,
      ipAddresses: ipAddresses, madeAt: date.wholeSecond,
      expiresAt: date.wholeSecond.addingTimeInterval(TimeInterval(validity.components.seconds)),
      secretHash: Hexadecimal.text(token.secret.withUnsafeBytes { SHA256.hash(data: $0) }))
    try SecretFile.write(Data(record.canonicalBytes), to: file(of: token.id), mode: 0o600)
    return (token, record)
  }

  // MARK: Looking

  /// All tokens whose time is not long over, the oldest first.
  /// - Throws: ``IdentityError``.
  public func all() throws(IdentityError) -> [JoinTokenRecord] {
    var records: [JoinTokenRecord] = []
    for id in try ids() { if let record = try record(of: id) { records.append(record) } }
    return records.sorted { ($0.madeAt, $0.id) < ($1.madeAt, $1.id) }
  }

  /// Takes a token back; one that was redeemed stays redeemed.
  /// - Throws: ``IdentityError``: missing where there is no such token.
  public func revoke(_ id: String) throws(IdentityError) {
    guard Self.isID(id) else {
      throw IdentityError(
        .badInput, "\(id.debugDescription) is no token's id: it is the second part of a token, 22 characters")
    }
    guard unlink(file(of: id).path) == 0 else {
      if errno == ENOENT { throw IdentityError(.missing, "no token \(id): see `tacet ca token list`") }
      throw IdentityError(.inputOutput, "cannot remove \(file(of: id).path): \(SecretFile.systemReason())")
    }
    try SecretFile.sync(folder: folder)
  }

  /// The token of that id, if the secret is its; how long that takes does not depend on how much of the secret is right.
  /// - Throws: ``RegistrationError``: unknown, of another trust domain, or of another secret.
  func record(for parts: JoinToken.Parts) throws(RegistrationError) -> JoinTokenRecord {
    guard parts.trustDomain == trustDomain else {
      throw RegistrationError(.unknownToken, "token \(parts.id) is of trust domain \(parts.trustDomain)")
    }
    let found: JoinTokenRecord?
    do throws(IdentityError) {
      found = try record(of: parts.id)
    } catch {
      throw RegistrationError(.unavailable, error.description)
    }
    let hash = Array(Hexadecimal.text(SHA256.hash(data: parts.secret)).utf8)
    // Compared in any case, with what no secret hashes to.
    let kept = Array((found?.secretHash ?? String(repeating: "-", count: hash.count)).utf8)
    let isRight = kept.count == hash.count && sodium_memcmp(kept, hash, hash.count) == 0
    guard let found else { throw RegistrationError(.unknownToken, "no token \(parts.id)") }
    guard isRight else { throw RegistrationError(.wrongSecret, "the secret of token \(parts.id) is another") }
    return found
  }

  /// The record of a token; nil where there is none.
  private func record(of id: String) throws(IdentityError) -> JoinTokenRecord? {
    let descriptor = open(prefix + id + Self.ending, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw IdentityError(.inputOutput, "\(file(of: id).path) cannot be read: \(SecretFile.systemReason())")
    }
    defer { close(descriptor) }
    // Most are short: a buffer for the longest would be made and cleared away for each of thousands a second.
    var bytes = Self.read(descriptor, most: Self.usualBytes)
    if bytes.count == Self.usualBytes { bytes = Self.read(descriptor, most: Self.mostBytes) }
    guard let record = JoinTokenRecord(canonicalBytes: bytes[...], trustDomain: trustDomain), record.id == id else {
      throw IdentityError(.badInput, "\(file(of: id).path) is damaged: make a new token")
    }
    return record
  }

  // MARK: Support

  private static func read(_ descriptor: Int32, most: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
      count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
    }
  }

  /// Removes the files of tokens whose time is long over.
  /// - Throws: ``IdentityError``.
  func sweep(at date: Date) throws(IdentityError) {
    for id in try ids() {
      // One that cannot be read is for a person to look at.
      guard let record = try? record(of: id), record.expiresAt.addingTimeInterval(Self.keptAfterExpiry) < date else {
        continue
      }
      unlink(file(of: id).path)
    }
  }

  private func ids() throws(IdentityError) -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      throw IdentityError(.inputOutput, "\(folder.path) cannot be read")
    }
    return names.filter { $0.hasSuffix(Self.ending) }.map { String($0.dropLast(Self.ending.count)) }.filter(Self.isID)
  }

  private func file(of id: String) -> URL { folder.appendingPathComponent(id + Self.ending) }

  private static func isID(_ text: String) -> Bool {
    text.utf8.count == JoinToken.idCharacters && Base64URL.bytes(text) != nil
  }
}
