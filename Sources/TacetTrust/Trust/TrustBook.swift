public import Foundation

/// What one node thinks of its peers, from what it has seen itself: whom to believe, how much, and why.
///
/// Of each peer it keeps how it came (``Enrolment``) and, for each ``Capability``, a ``TrustRecord``: a Beta reputation, a standing,
/// the evidence. Weights follow from score and standing, capped for each batch of peers enrolled at once. See
/// Documentation/trust.md.
public struct TrustBook: Sendable {
  /// One peer's page.
  struct Page: Sendable, Hashable, Codable {
    var enrolment: Enrolment
    var records: [Capability: TrustRecord] = [:]
  }

  /// What it goes by.
  public let parameters: TrustParameters
  private(set) var pages: [String: Page]
  /// Another number after each change of somebody's standing, and each new peer.
  public private(set) var revision = 0

  /// No more peers are kept. Where there is no room the newcomer that was seen first makes it.
  public static let mostPeers = 2048

  /// A new book.
  /// - Parameters:
  ///   - founders: the names of the peers that are there at the beginning; more are ignored than ``mostPeers``.
  ///   - time: when that is.
  public init(founders: some Sequence<String>, parameters: TrustParameters, at time: Date) {
    let page = Page(enrolment: Enrolment(firstSeen: time, isFounding: true))
    self.init(
      pages: Dictionary(Set(founders).sorted().prefix(Self.mostPeers).map { ($0, page) }) { first, _ in first },
      parameters: parameters)
  }

  init(pages: [String: Page], parameters: TrustParameters) {
    self.pages = pages
    self.parameters = parameters
  }

  // MARK: Who is there

  /// The names of all peers.
  public var peers: Set<String> { Set(pages.keys) }

  /// How a peer came; nil for a stranger.
  public func enrolment(of peer: String) -> Enrolment? { pages[peer]?.enrolment }

  /// What is known of a peer in one capability: that of a newcomer where nothing was seen yet, nil for a stranger.
  public func record(of peer: String, for capability: Capability) -> TrustRecord? {
    pages[peer].map { $0.records[capability] ?? TrustRecord() }
  }

  /// Takes in a peer, or learns who issued its certificate; what is known already stays.
  /// - Parameters:
  ///   - issuer: from the verified chain (see ``Enrolment/issuer``); nil where none was verified yet.
  ///   - time: now.
  /// - Returns: whether it is in the book: not where the book is full of others that are no newcomers.
  @discardableResult
  public mutating func admit(_ peer: String, issuer: String? = nil, at time: Date) -> Bool {
    if let page = pages[peer] {
      if page.enrolment.issuer == nil, let issuer { pages[peer]?.enrolment.issuer = issuer }
      return true
    }
    guard pages.count < Self.mostPeers || dropNewcomer() else { return false }
    pages[peer] = Page(enrolment: Enrolment(firstSeen: time, isFounding: false, issuer: issuer))
    revision += 1
    return true
  }

  private mutating func dropNewcomer() -> Bool {
    let newcomers = pages.filter { $0.value.records.values.allSatisfy { $0.standing == .newcomer } }
    let first = newcomers.min { ($0.value.enrolment.firstSeen, $0.key) < ($1.value.enrolment.firstSeen, $1.key) }
    guard let first else { return false }
    pages[first.key] = nil
    return true
  }

  // MARK: Evidence

  /// Takes in what this node has seen of a peer; of strangers nothing is kept.
  public mutating func observe(_ evidence: Evidence, of peer: String, for capability: Capability) {
    guard var record = record(of: peer, for: capability) else { return }
    let before = record.standing
    record.observe(evidence, parameters)
    pages[peer]?.records[capability] = record
    if record.standing != before { revision += 1 }
  }

  /// The same for all that it is trusted for: what became of its certificate.
  public mutating func observe(_ evidence: Evidence, of peer: String) {
    for capability in Capability.allCases { observe(evidence, of: peer, for: capability) }
  }

  // MARK: Scores and weights

  /// Every peer's score in one capability.
  public func scores(for capability: Capability) -> [String: Double] {
    pages.mapValues { ($0.records[capability] ?? TrustRecord()).score(parameters) }
  }

  /// Every peer's standing in one capability.
  public func standings(for capability: Capability) -> [String: Standing] {
    pages.mapValues { $0.records[capability]?.standing ?? .newcomer }
  }

  /// The peers in quarantine.
  public func quarantined(for capability: Capability) -> Set<String> {
    Set(standings(for: capability).filter { $0.value == .quarantine }.keys)
  }

  /// Those in quarantine that have lied: not who is there for what became of its certificate or ledger.
  package func knownLiars(for capability: Capability) -> Set<String> {
    Set(pages.filter { $0.value.records[capability]?.isKnownLiar(parameters) == true }.keys)
  }

  /// What each of these peers counts: by score and standing, a batch held to its share of all that they weigh. Strangers and
  /// those in quarantine have 0.
  public func weights(of members: some Sequence<String>, for capability: Capability) -> [String: Double] {
    capped(Dictionary(members.map { ($0, weight(of: $0, for: capability)) }) { first, _ in first })
  }

  func capped(_ weights: [String: Double]) -> [String: Double] {
    BatchCap(share: parameters.batchCap).apply(to: weights, batches: batches(of: weights))
  }

  private func weight(of peer: String, for capability: Capability) -> Double {
    record(of: peer, for: capability)?.weight(parameters) ?? 0
  }

  /// The batches among these. Without a founding peer that has weight those who came first of all that have any are in none: somebody's
  /// say is what the others are held to.
  func batches(of weights: [String: Double]) -> [String: EnrolmentBatch] {
    let members = pages.filter { weights[$0.key] != nil }.mapValues(\.enrolment)
    let batches = EnrolmentBatch.all(of: members, window: parameters.batchSeconds)
    let heard = members.filter { weights[$0.key, default: 0] > 0 }
    guard !heard.values.contains(where: \.isFounding) else { return batches }
    let first = heard.min { ($0.value.firstSeen, $0.key) < ($1.value.firstSeen, $1.key) }
    let exempt = first.flatMap { batches[$0.key] }
    return batches.filter { $0.value != exempt }
  }
}
