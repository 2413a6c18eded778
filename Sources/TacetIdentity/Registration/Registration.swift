import Foundation
import X509

/// A certificate that is asked for, and may be granted; how it is made is ``RegistrationDesk/register(_:)``'s. An object, since it
/// goes through many hands.
final class Registration: Sendable {
  /// By what right.
  enum Purpose: Sendable {
    /// A join token, redeemed by the key of this hash.
    case token(JoinTokenRecord, keyHash: String)
    /// An earlier certificate of this serial number.
    case renewal(SerialNumber)
  }

  let request: LeafRequest
  let profile: LeafProfile
  let purpose: Purpose
  let date: Date
  let reply: @Sendable (Result<Enrolled, RegistrationError>) -> Void

  init(
    _ request: LeafRequest, _ profile: LeafProfile, for purpose: Purpose, at date: Date,
    reply: @escaping @Sendable (Result<Enrolled, RegistrationError>) -> Void
  ) {
    self.request = request
    self.profile = profile
    self.purpose = purpose
    self.date = date
    self.reply = reply
  }
}

extension RegistrationDesk {
  /// How long after a token's time a retry still finds the certificate.
  static let retriedAfterExpiry: TimeInterval = 600

  /// Works off registrations and tokens together: what may be issued is signed, kept for a retry, and logged, each with one sync of
  /// the disk, and then handed out.
  func work(off group: [DeskJob]) {
    let registrations = group.compactMap(\.registration)
    let tokens = group.compactMap(\.token)
    var answers = [Result<Enrolled, RegistrationError>?](repeating: nil, count: registrations.count)
    var refused = [RegistrationError?](repeating: nil, count: tokens.count)
    do throws(IdentityError) {
      let date = group.last?.date ?? Date()
      try exclusively(at: date) { authority, turn throws(IdentityError) in
        refused = tokens.map(refusal)
        let entries = zip(tokens, refused).compactMap { $1 == nil ? $0.entry : nil }
        try register(registrations, beside: entries, by: authority, in: &turn, at: date, answers: &answers)
      }
    } catch {
      let failure = RegistrationError(.unavailable, error.description)
      for index in answers.indices where answers[index] == nil { answers[index] = .failure(failure) }
      for index in refused.indices where refused[index] == nil { refused[index] = failure }
    }
    for (job, answer) in zip(registrations, answers) {
      job.reply(answer ?? .failure(RegistrationError(.unavailable, "a certificate could not be made")))
    }
    for (job, refusal) in zip(tokens, refused) { job.reply(refusal) }
  }

  /// What is to be done about a registration.
  private enum Decision {
    case issue
    case answer(Result<Enrolled, RegistrationError>)
    /// The same token as that of another in the group.
    case sameToken(as: Int, isSameKey: Bool)
  }

  private typealias Made = (leaf: IssuedLeaf, entry: AuthorityEntry.Content)

  /// - Parameter others: entries that are appended with those of the certificates.
  private func register(
    _ group: [Registration], beside others: [AuthorityEntry.Content], by authority: OpenAuthority,
    in turn: inout AuthorityLog.Turn, at date: Date, answers: inout [Result<Enrolled, RegistrationError>?]
  ) throws(IdentityError) {
    let decisions = try decide(group, by: authority)
    var accepted: [Int] = []
    for (place, decision) in decisions.enumerated() {
      switch decision {
      case .issue: accepted.append(place)
      case .answer(let answer): answers[place] = answer
      case .sameToken: continue
      }
    }
    let made = try sign(accepted.map { group[$0] }, by: authority, at: date)
    var issued: [(place: Int, made: Made)] = []
    for (place, result) in zip(accepted, made) {
      switch result {
      case .success(let made): issued.append((place, made))
      case .failure(let error):
        let isRefusal = error.kind == .notPermitted || error.kind == .badInput
        answers[place] = .failure(RegistrationError(isRefusal ? .notGranted : .unavailable, error.description))
      }
    }
    let entries = try record(
      issued.map { (group[$0.place], $0.made) }, beside: others, by: authority, in: &turn, at: date)
    let enrolled = try proven(issued.map(\.made.leaf), entries, by: authority, at: date)
    for (item, enrolled) in zip(issued, enrolled) { answers[item.place] = .success(enrolled) }
    for (place, decision) in decisions.enumerated() {
      if case .sameToken(let first, let isSameKey) = decision {
        answers[place] = Self.answer(to: group[place], beside: answers[first], isSameKey: isSameKey)
      }
    }
  }

  // MARK: Deciding

  private func decide(
    _ group: [Registration], by authority: OpenAuthority
  ) throws(IdentityError) -> [Decision] {
    var decisions: [Decision] = []
    var claimed: [String: (place: Int, keyHash: String)] = [:]
    for (place, job) in group.enumerated() {
      switch job.purpose {
      case .renewal(let serial):
        let revoked = index.withLock { $0.revoked[serial] }
        decisions.append(revoked.map { .answer(.failure(Self.revoked(serial, $0))) } ?? .issue)
      case .token(let token, let keyHash):
        if let answer = try redeemed(token, keyHash: keyHash, by: authority, at: job.date) {
          decisions.append(.answer(answer))
        } else if let first = claimed[token.id] {
          decisions.append(.sameToken(as: first.place, isSameKey: first.keyHash == keyHash))
        } else if job.date > token.expiresAt {
          decisions.append(.answer(.failure(Self.expired(token))))
        } else {
          claimed[token.id] = (place, keyHash)
          decisions.append(.issue)
        }
      }
    }
    return decisions
  }

  /// The answer for a token that was redeemed before: the same certificate for the same key. Nil where it was not.
  private func redeemed(
    _ token: JoinTokenRecord, keyHash: String, by authority: OpenAuthority, at date: Date
  ) throws(IdentityError) -> Result<Enrolled, RegistrationError>? {
    guard index.withLock({ $0.isRedeemed(token.id) }) else { return nil }
    let kept = try journal.withLock { journal throws(IdentityError) in try journal.redemption(of: token.id) }
    let (logged, proof) = try index.withLock { index throws(IdentityError) in
      let logged = try index.leaf(token: token.id, in: log.log)
      return (
        logged?.leaf, try logged.flatMap { found throws(IdentityError) in try index.proof(found.index, in: log.log) }
      )
    }
    guard let kept, let logged, let proof, kept.serial == logged.serial, kept.keyHash == keyHash,
      let serial = SerialNumber(hexadecimal: kept.serial)
    else { return .failure(Self.used(token)) }
    guard date <= token.expiresAt.addingTimeInterval(Self.retriedAfterExpiry) else {
      return .failure(Self.expired(token))
    }
    if let revoked = index.withLock({ $0.revoked[serial] }) { return .failure(Self.revoked(serial, revoked)) }
    let end = Date(timeIntervalSince1970: TimeInterval(logged.notAfter))
    let signers = try authority.signers(of: kept.generation, until: end, files, at: date)
    return .success(
      Enrolled(
        id: token.spiffeID, serial: kept.serial, notAfter: end, chain: [kept.certificate] + signers,
        roots: authority.roots(at: date), proof: proof))
  }

  private static func answer(
    to job: Registration, beside first: Result<Enrolled, RegistrationError>?, isSameKey: Bool
  ) -> Result<Enrolled, RegistrationError> {
    guard case .token(let token, _) = job.purpose, let first, !isSameKey else {
      return first ?? .failure(RegistrationError(.unavailable, "a certificate could not be made"))
    }
    guard case .success = first else {
      return .failure(RegistrationError(.unavailable, "token \(token.id) was asked for twice at once: try again"))
    }
    return .failure(used(token))
  }

  private static func used(_ token: JoinTokenRecord) -> RegistrationError {
    RegistrationError(.usedToken, "token \(token.id) of \(token.spiffeID) was redeemed with another key")
  }

  private static func expired(_ token: JoinTokenRecord) -> RegistrationError {
    RegistrationError(
      .expiredToken, "token \(token.id) of \(token.spiffeID) expired at \(token.expiresAt.formatted(.iso8601))")
  }

  // MARK: Issuing

  private func sign(
    _ jobs: [Registration], by authority: OpenAuthority, at date: Date
  ) throws(IdentityError) -> [Result<Made, IdentityError>] {
    guard !jobs.isEmpty else { return [] }
    let authority = authority.authority
    try CertificateProfile.checkMaySign(authority.issuer.certificate, at: date)
    let own = try authority.issuer.key.publicKey.der()
    return try Parallel.map(try Self.templates(for: jobs, by: authority.issuer)) { work in
      do throws(IdentityError) {
        let (job, template) = work
        guard try job.request.writtenKey() != own else {
          throw IdentityError(.notPermitted, "the request is for the authority's own key")
        }
        return .success(
          try authority.certificate(for: job.request, by: template, profile: job.profile, at: job.date))
      } catch {
        return .failure(error)
      }
    }
  }

  /// The jobs, and what each one's certificate is made by: one template a profile.
  private static func templates(
    for jobs: [Registration], by issuer: CertificateProfile.Issuer
  ) throws(IdentityError) -> [(job: Registration, template: LeafTemplate)] {
    var templates: [LeafProfile: LeafTemplate] = [:]
    var work: [(job: Registration, template: LeafTemplate)] = []
    for job in jobs {
      if let template = templates[job.profile] {
        work.append((job, template))
      } else {
        let template = try LeafTemplate(profile: job.profile, issuer: issuer)
        templates[job.profile] = template
        work.append((job, template))
      }
    }
    return work
  }

  /// - Returns: the entries of the certificates, as they are in the log.
  private func record(
    _ issued: [(job: Registration, made: Made)], beside others: [AuthorityEntry.Content], by authority: OpenAuthority,
    in turn: inout AuthorityLog.Turn, at date: Date
  ) throws(IdentityError) -> ArraySlice<LogGroup.Entry> {
    guard !issued.isEmpty || !others.isEmpty else { return [] }
    let kept = issued.compactMap { job, made -> RedemptionJournal.Redemption? in
      guard case .token(let token, let keyHash) = job.purpose, let certificate = made.leaf.chain.first else {
        return nil
      }
      return RedemptionJournal.Redemption(
        token: token.id, keyHash: keyHash, serial: made.leaf.serial, generation: authority.number,
        until: token.expiresAt.addingTimeInterval(Self.retriedAfterExpiry).secondsSince1970, certificate: certificate)
    }
    try journal.withLock { journal throws(IdentityError) in try journal.append(kept) }
    try pass(.kept)
    let group = try turn.append(issued.map(\.made.entry) + others, at: date)
    try pass(.logged)
    try index.withLock { index throws(IdentityError) in try index.take(group, log.log) }
    return group.entries.prefix(issued.count)
  }

  /// What is handed out: the certificates with the proofs of their entries.
  private func proven(
    _ leaves: [IssuedLeaf], _ entries: ArraySlice<LogGroup.Entry>, by authority: OpenAuthority, at date: Date
  ) throws(IdentityError) -> [Enrolled] {
    let roots = authority.roots(at: date)
    return try index.withLock { index throws(IdentityError) in
      var enrolled: [Enrolled] = []
      for (leaf, item) in zip(leaves, entries) {
        guard let proof = index.proof(item.entry.index, leaf: item.bytes) else {
          throw log.log.damaged("what was written to it is not there")
        }
        enrolled.append(
          Enrolled(
            id: leaf.id, serial: leaf.serial, notAfter: leaf.notAfter, chain: leaf.chain, roots: roots, proof: proof))
      }
      return enrolled
    }
  }
}
