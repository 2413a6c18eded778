import Foundation
import Synchronization
import X509

/// The revocation lists in force, asked about every certificate of every path; they may be replaced while it is in use.
///
/// A list counts for an authority once its signature has been checked against that authority's key, which is done once. Of several
/// lists of one authority the one with the highest number counts, so that an old one put back changes nothing.
public final class RevocationRegister: Sendable {
  /// For whom there must be a list.
  public enum Requirement: Hashable, Sendable {
    /// For nobody: where there is a list, it counts.
    case none
    /// For the authority that signed the leaf.
    case leaf
    /// For every authority of the path.
    case path
  }

  /// For whom there must be a list.
  public let requirement: Requirement
  /// How long after its time a list still counts, before everything it should speak of is refused.
  public let grace: Duration

  fileprivate struct Held {
    let list: RevocationList
    var verdicts: [Certificate.PublicKey: RevocationListFlaw?] = [:]
  }

  /// The most keys that a list is remembered for: those of the authorities of its name.
  private static let mostVerdicts = 16

  /// An OCSP response, and by whose keys it was found to be signed, or not.
  fileprivate struct HeldResponse {
    let response: OCSPResponse
    var verdicts: [Certificate.PublicKey: Bool] = [:]
  }

  /// The most OCSP responses that are held: then the oldest goes.
  private static let mostResponses = 1024

  private let changes = Atomic<UInt64>(0)
  private let held: Mutex<[Held]>
  private let responses = Mutex<[HeldResponse]>([])

  /// - Parameters:
  ///   - lists: the lists to begin with.
  ///   - requirement: for whom there must be one.
  ///   - grace: how long after its time a list still counts.
  public init(lists: [RevocationList] = [], requirement: Requirement = .none, grace: Duration = .zero) {
    held = Mutex(lists.map { Held(list: $0) })
    self.requirement = requirement
    self.grace = grace
  }

  /// Another number after each change of what is held.
  var revision: UInt64 { changes.load(ordering: .acquiring) }

  /// Replaces the lists, as after reading them again.
  ///
  /// A list that was found to be an authority's stays where the new ones hold an older one, or none, of the same authority: who can
  /// write the file cannot take a revocation back without the authority's key.
  /// - Returns: how many of the new lists do not count, because one stays that is newer.
  @discardableResult
  public func replace(with lists: [RevocationList]) -> Int {
    defer { changes.wrappingAdd(1, ordering: .acquiringAndReleasing) }
    return held.withLock { held in
      let proven = held.filter { $0.verdicts.values.contains(RevocationListFlaw?.none) }
      let latest = proven.filter { old in !proven.contains { $0.list.isSuccessor(of: old.list) } }
      held =
        lists.map { list in held.first { $0.list.der == list.der } ?? Held(list: list) }
        + latest.filter { old in !lists.contains { $0.der == old.list.der } }
      return lists.count { new in latest.contains { $0.list.isSuccessor(of: new) } }
    }
  }

  /// Takes an OCSP response, as it was read: it counts beside the lists once its signature was found to be an authority's. A
  /// certificate that it says is revoked is; one that it says is good, and is in force, needs no list.
  public func add(ocsp response: OCSPResponse) {
    defer { changes.wrappingAdd(1, ordering: .acquiringAndReleasing) }
    responses.withLock { responses in
      if responses.count >= Self.mostResponses { responses.removeFirst() }
      responses.append(HeldResponse(response: response))
    }
  }

  // MARK: Asking

  /// The lists that were found to be an authority's, those with the highest numbers: what may be handed on.
  public var lists: [RevocationList] {
    held.withLock { held in
      let proven = held.filter { $0.verdicts.values.contains(RevocationListFlaw?.none) }.map(\.list)
      return proven.filter { list in !proven.contains { $0.isSuccessor(of: list) } }
    }
  }

  /// What those lists revoke, without a demand that there are any, or that their time is not over: for who is to fetch others.
  public var withoutDemands: RevocationRegister {
    RevocationRegister(lists: lists, grace: .seconds(Int64(Int32.max)))
  }

  /// Judges every certificate of a path by the list of who signed it.
  /// - Parameter path: leaf first, root last.
  /// - Throws: ``ChainRejection``: revoked, or its list missing or not to be relied on.
  func check(_ path: [Certificate], at date: Date) throws(ChainRejection) {
    if let leaf = path.first { try check(leaf, signedBy: Array(path.dropFirst()), at: date) }
  }

  /// The same.
  /// - Parameter signers: the rest of the path, root last.
  func check(_ leaf: Certificate, signedBy signers: [Certificate], at date: Date) throws(ChainRejection) {
    // From above: what an authority that was revoked says of those below does not count.
    for position in signers.indices.dropLast().reversed() {
      try check(signers[position], signedBy: signers[position + 1], isLeaf: false, at: date)
    }
    if let signer = signers.first { try check(leaf, signedBy: signer, isLeaf: true, at: date) }
  }

  private func check(
    _ certificate: Certificate, signedBy issuer: Certificate, isLeaf: Bool, at date: Date
  ) throws(ChainRejection) {
    let answer = answer(about: certificate, by: issuer, at: date)
    if case .revoked(let since, let reason) = answer?.status,
      let serial = SerialNumber(octets: certificate.serialNumber.bytes)
    {
      throw .revoked(serial: serial, since: since, reason: reason)
    }
    if case .unknown = answer?.status { throw .unknownToResponder }
    guard let list = try list(of: issuer) else {
      let isNeeded = requirement == .path || requirement == .leaf && isLeaf
      guard !isNeeded || answer.map({ isInForce($0, at: date) }) ?? false else { throw .revocationListMissing }
      return
    }
    if let serial = SerialNumber(octets: certificate.serialNumber.bytes), let entry = list.entry(serial) {
      throw .revoked(serial: serial, since: entry.revokedAt, reason: entry.reason)
    }
    do throws(RevocationListFlaw) {
      try list.check(at: date, grace: grace)
    } catch {
      throw .revocationList(error)
    }
  }

  /// The newest answer about a certificate whose time has come; one that says revoked counts however old it is.
  private func answer(
    about certificate: Certificate, by issuer: Certificate, at date: Date
  ) -> OCSPResponse.Answer? {
    responses.withLock { responses in
      var newest: OCSPResponse.Answer?
      for index in responses.indices {
        guard let answer = responses[index].response.answer(about: certificate, by: issuer), answer.thisUpdate <= date,
          newest.map({ $0.thisUpdate <= answer.thisUpdate }) ?? true,
          responses[index].isSigned(by: issuer, at: date)
        else { continue }
        newest = answer
      }
      return newest
    }
  }

  private func isInForce(_ answer: OCSPResponse.Answer, at date: Date) -> Bool {
    date <= answer.nextUpdate.addingTimeInterval(TimeInterval(max(grace, .zero).components.seconds))
  }

  /// The list of an authority with the highest number; nil where there is none.
  /// - Throws: ``ChainRejection`` where there are lists that say to be its, and none of them is.
  private func list(of issuer: Certificate) throws(ChainRejection) -> RevocationList? {
    let (list, flaw) = held.withLock { held -> (RevocationList?, RevocationListFlaw?) in
      var best: RevocationList?
      var flaw: RevocationListFlaw?
      for index in held.indices where held[index].list.isOf(issuer) {
        if let found = held[index].flaw(for: issuer, most: Self.mostVerdicts) {
          flaw = flaw ?? found
        } else if best.map({ $0.number < held[index].list.number }) ?? true {
          best = held[index].list
        }
      }
      return (best, flaw)
    }
    if list == nil, let flaw { throw .revocationList(flaw) }
    return list
  }
}

extension RevocationRegister.Held {
  /// What is wrong with the list as one of this authority. What its signature says of a key is remembered; whether a certificate
  /// of that key may issue lists is not, since there may be several of one key.
  fileprivate mutating func flaw(for issuer: Certificate, most: Int) -> RevocationListFlaw? {
    do throws(RevocationListFlaw) {
      try RevocationList.checkMayIssue(issuer)
    } catch {
      return error
    }
    if let known = verdicts[issuer.publicKey] { return known }
    var flaw: RevocationListFlaw?
    do throws(RevocationListFlaw) {
      try list.check(signedBy: issuer.publicKey)
    } catch {
      flaw = error
    }
    if verdicts.count < most { verdicts[issuer.publicKey] = .some(flaw) }
    return flaw
  }
}

extension RevocationRegister.HeldResponse {
  /// Whether the issuer, or a responder of its, signed it; remembered, since it is asked for every call.
  fileprivate mutating func isSigned(by issuer: Certificate, at date: Date) -> Bool {
    if let known = verdicts[issuer.publicKey] { return known }
    var isSigned = true
    do throws(OCSPFlaw) {
      try response.checkSignature(by: issuer, at: date)
    } catch {
      isSigned = false
    }
    if verdicts.count < 16 { verdicts[issuer.publicKey] = isSigned }
    return isSigned
  }
}

extension RevocationList {
  /// Whether both say to be of one authority, and this is the newer one.
  fileprivate func isSuccessor(of other: RevocationList) -> Bool {
    issuer == other.issuer && keyIdentifier == other.keyIdentifier && number > other.number
  }
}
