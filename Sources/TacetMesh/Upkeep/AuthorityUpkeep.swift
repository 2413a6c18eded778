package import Foundation
package import Logging
package import TacetEnrolment
import TacetIdentity
package import TacetTransport

/// The authority on the network (`tacet ca serve`) as what keeps a node current: its certificates are renewed at about half of their
/// life, and the revocation lists are fetched as often as the policy says.
///
/// What it gets it puts into files: the identity's folder, and a file of lists. From there they are taken up as if another tool had
/// put them there, and they outlive a restart without the authority.
package actor AuthorityUpkeep: IdentityUpkeep {
  private let client: AuthorityClient
  private let identities: [(identity: MeshIdentity, folder: URL)]
  private let trust: PeerTrust
  private let lists: URL
  private let refresh: Duration
  private let logger: Logger
  private var tag: String?
  private var nextFetch = ContinuousClock.now
  /// When each identity is to be renewed.
  private var due: [Date]
  /// Of which certificate that is the time.
  private var certificates: [[[UInt8]]]
  /// What was issued and could not be written.
  private var unwritten: [Int: IssuedSVID] = [:]

  /// After a renewal that failed, or while another tool may be at it.
  private static let retry: TimeInterval = 5
  /// After lists that could not be fetched, if the policy's time is longer.
  private static let retryFetch = Duration.seconds(1)

  /// - Parameters:
  ///   - client: asks the authority.
  ///   - identities: as they were loaded from their folders.
  ///   - trust: how peers are judged.
  ///   - lists: the file that the revocation lists are kept in.
  ///   - refresh: how often they are asked for.
  package init(
    _ client: AuthorityClient, identities: [(identity: MeshIdentity, folder: URL)], trust: PeerTrust, lists: URL,
    refresh: Duration, logger: Logger
  ) {
    self.client = client
    self.identities = identities
    self.trust = trust
    self.lists = lists
    self.refresh = refresh
    self.logger = logger
    due = identities.map { Self.renewal(of: $0.identity.svid, from: Date()) }
    certificates = identities.map(\.identity.svid.chain)
  }

  package func run() async {
    while (try? await Task.sleep(for: min(refresh, .seconds(1)))) != nil {
      if ContinuousClock.now >= nextFetch { await fetch() }
      await renew()
    }
  }

  /// Renews what is due.
  func renew() async {
    for index in identities.indices {
      follow(index)
      if Date() >= due[index] { await renew(index) }
    }
  }

  /// A certificate that another tool has put there has a time of its own.
  private func follow(_ index: Int) {
    let svid = identities[index].identity.svid
    guard svid.chain != certificates[index] else { return }
    certificates[index] = svid.chain
    due[index] = Self.renewal(of: svid, from: Date())
    unwritten[index] = nil
  }

  /// Fetches the revocation lists if they are others than those in the file.
  package func fetch() async {
    // Any of them may ask, but not by a certificate that has expired.
    let valid = identities.first { Date() < $0.identity.svid.notAfter }
    guard let identity = (valid ?? identities.first)?.identity else { return }
    do {
      let asker = try trust.fetchingLists.identity(identity.svid)
      if let (pem, tag) = try await client.revocationLists(as: asker, known: tag) {
        try PublishedFile.write(String(decoding: pem, as: UTF8.self), to: lists)
        self.tag = tag
      }
      nextFetch = .now + refresh
    } catch {
      nextFetch = .now + min(refresh, Self.retryFetch)
      logger.warning("revocation lists not fetched", metadata: ["detail": "\(error)"])
    }
  }

  private func renew(_ index: Int) async {
    let (identity, folder) = identities[index]
    do {
      let svid = try await successor(index)
      unwritten[index] = svid
      try svid.replace(in: folder)
      unwritten[index] = nil
      due[index] = Self.renewal(of: svid.svid, from: Date())
      logger.notice("certificate renewed", metadata: ["id": "\(svid.id.path)", "serial": "\(svid.serial)"])
    } catch {
      due[index] = Date(timeIntervalSinceNow: Self.retry)
      logger.warning("certificate not renewed", metadata: ["id": "\(identity.svid.id.path)", "detail": "\(error)"])
    }
  }

  /// A certificate in the place of that in force; the one that could not be written last time, if there is one.
  private func successor(_ index: Int) async throws -> IssuedSVID {
    let (identity, folder) = identities[index]
    if let svid = unwritten[index], Date() < svid.notAfter { return svid }
    try IssuedSVID.check(folder, holds: identity.svid.id)
    return try await client.renew(identity, key: EnrolmentKey())
  }

  /// Between 45 and 55 % of what is left of its life: devices that were enrolled together do not come together.
  private static func renewal(of svid: SVID, from date: Date) -> Date {
    let left = max(svid.notAfter.timeIntervalSince(date), 0)
    return date.addingTimeInterval(left * (0.45 + 0.1 * SystemRandom.unitInterval()))
  }
}
