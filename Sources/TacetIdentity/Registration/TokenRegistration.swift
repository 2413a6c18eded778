import Foundation

/// A JWT-SVID that is signed, and let out once it is in the log.
struct TokenRegistration: Sendable {
  /// What the log is to say of it.
  let entry: AuthorityEntry.Content
  /// Of the certificate that was shown for it.
  let serial: SerialNumber
  let date: Date
  /// Called with the reason why it must not be let out; nil when it is in the log.
  let reply: @Sendable (RegistrationError?) -> Void
}

/// What a desk works off in groups.
enum DeskJob: Sendable {
  case certificate(Registration)
  case token(TokenRegistration)

  var registration: Registration? { if case .certificate(let job) = self { job } else { nil } }
  var token: TokenRegistration? { if case .token(let job) = self { job } else { nil } }

  var date: Date {
    switch self {
    case .certificate(let job): job.date
    case .token(let job): job.date
    }
  }
}

extension RegistrationDesk {
  /// Appends the entry of a token, in a group with what is handed in beside it.
  /// - Throws: ``RegistrationError``: then the token must not be let out.
  func record(
    _ entry: AuthorityEntry.Token, for serial: SerialNumber, at date: Date
  ) async throws(RegistrationError) {
    let refusal: RegistrationError? = await withCheckedContinuation { continuation in
      let job = TokenRegistration(entry: .token(entry), serial: serial, date: date) {
        continuation.resume(returning: $0)
      }
      queue.submit(.token(job)) { [self] in work(off: $0) }
    }
    if let refusal { throw refusal }
  }

  /// Why a token is not to be let out; nil where it is: whoever revokes its holder takes turns with this.
  func refusal(of job: TokenRegistration) -> RegistrationError? {
    index.withLock { $0.revoked[job.serial] }.map { Self.revoked(job.serial, $0) }
  }
}
