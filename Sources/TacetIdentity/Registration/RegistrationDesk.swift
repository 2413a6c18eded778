public import Foundation
import Synchronization
public import TacetLog

/// The authority at work for others: it enrols, renews, and tells what is trusted and what is revoked.
///
/// It has the keys of the authority open from its beginning to its end. Several desks, and the commands, may work on one state folder;
/// what they do to it each of them sees, and a rotation is followed.
public final class RegistrationDesk: Sendable {
  /// How a desk works.
  public struct Settings: Sendable {
    /// How long a revocation list is in force; a new one is signed when half of it is over.
    public var listLifetime: Duration = .seconds(3600)
    /// How long an OCSP answer is in force.
    public var answerLifetime: Duration = .seconds(600)
    /// How long a JWT-SVID lives, at most five minutes.
    public var tokenLifetime: Duration = .seconds(300)
    /// How often who has the bundle should ask for a newer one; at most four minutes.
    public var refreshHint: Duration = .seconds(60)

    /// The usual.
    public init() {}
  }

  /// The trust domain.
  public let trustDomain: TrustDomain
  /// The public key of the authority's log.
  public let logKey: NoteVerifier

  let settings: Settings
  let files: CertificateAuthority.Files
  let log: AuthorityLog
  let tokens: JoinTokens
  let profiles: KeptProfiles
  let queue = GroupQueue<DeskJob>()
  private let passphrase: Passphrase
  private let pin: PKCS11PIN?
  private let opened: Mutex<OpenAuthority>
  let index = Mutex(LogIndex())
  let journal: Mutex<RedemptionJournal>
  let lists = Mutex<KeptLists?>(nil)
  let published = Mutex<PublishedBundle?>(nil)
  /// Where a test may stop what is going on.
  let fault = Mutex<(@Sendable (Stage) throws(IdentityError) -> Void)?>(nil)

  /// What has been done of a registration.
  enum Stage: CaseIterable {
    /// The certificates are signed, and kept for a retry.
    case kept
    /// They are in the log.
    case logged
  }

  /// Opens the authority of a state folder, and reads its log: seconds for a million entries.
  /// - Parameter pin: where the intermediate's key is in a token.
  /// - Throws: ``IdentityError``: not permitted for a wrong passphrase.
  public init(
    state: URL, passphrase: Passphrase, pin: PKCS11PIN? = nil, settings: Settings = Settings(), at date: Date = Date()
  ) throws(IdentityError) {
    self.settings = settings
    self.passphrase = passphrase
    self.pin = pin
    files = try CertificateAuthority.Files.existing(state: state)
    trustDomain = try files.readTrustDomain()
    logKey = try files.readLogKey()
    tokens = try JoinTokens(files)
    profiles = KeptProfiles(state: state, files: files)
    log = try files.openLog(passphrase: passphrase)
    journal = Mutex(RedemptionJournal(file: files.redemptions))
    opened = Mutex(try OpenAuthority(files, log: log, passphrase: passphrase, pin: pin, at: date))
    try index.withLock { index throws(IdentityError) in try index.follow(log.log) }
    try tokens.sweep(at: date)
    try log.exclusively { _ throws(IdentityError) in
      try journal.withLock { journal throws(IdentityError) in try journal.compact(at: date) }
    }
  }

  /// Follows what others did to the state folder: the log's end, a rotation. Costs microseconds when they did nothing; every other
  /// call does it by itself.
  /// - Throws: ``IdentityError``.
  public func refresh(at date: Date = Date()) throws(IdentityError) {
    _ = try authority(at: date)
    try index.withLock { index throws(IdentityError) in try index.follow(log.log) }
  }

  // MARK: For the rest of the desk

  /// The authority that is in force, opened anew after a rotation; not to be asked for in a turn of the log.
  /// - Throws: ``IdentityError``.
  func authority(at date: Date) throws(IdentityError) -> OpenAuthority {
    let number = try files.generation()
    return try opened.withLock { opened throws(IdentityError) in
      if opened.number != number {
        opened = try OpenAuthority(files, log: log, passphrase: passphrase, pin: pin, at: date)
      }
      return opened
    }
  }

  /// Runs `body` while nobody else writes to the log, with the authority in force.
  /// - Throws: ``IdentityError``; what `body` throws.
  func exclusively<Result>(
    at date: Date, _ body: (OpenAuthority, inout AuthorityLog.Turn) throws(IdentityError) -> Result
  ) throws(IdentityError) -> Result {
    for _ in 0..<3 {
      let authority = try authority(at: date)
      let result = try log.exclusively { turn throws(IdentityError) -> Result? in
        guard try files.generation() == authority.number else { return nil }
        try index.withLock { index throws(IdentityError) in try index.follow(log.log) }
        return try body(authority, &turn)
      }
      if let result { return result }
    }
    throw IdentityError(.inputOutput, "the authority is rotated all the time")
  }

  /// Lets a test stop what is going on.
  func pass(_ stage: Stage) throws(IdentityError) {
    if let fault = fault.withLock({ $0 }) { try fault(stage) }
  }
}
