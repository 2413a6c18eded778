package import Foundation
package import Logging
package import TacetIdentity
package import TacetTransport

/// The revocation lists in files: read at the start, and again whenever a file is another one.
///
/// A file that cannot be read, or is gone, leaves the lists in force that it held before; a list that is older than one which was found
/// to be its authority's changes nothing.
package actor RevocationFiles: IdentityUpkeep {
  private let files: [URL]
  /// Of those, the one that may be missing as long as nothing was fetched.
  private let fetched: URL?
  private let register: RevocationRegister
  private let refusals: RefusalLog
  private let logger: Logger
  private var identities: [MeshIdentity] = []
  private var stamps: [URL: FileStamp] = [:]
  private var lists: [URL: [RevocationList]] = [:]

  /// How often a look is taken.
  static let pause = Duration.seconds(1)

  /// - Parameters:
  ///   - files: PEM, of one list or several, or DER.
  ///   - fetched: one more, which may be missing as long as nothing was fetched.
  ///   - register: where the lists go.
  ///   - refusals: counts files that were not taken.
  package init(
    _ files: [URL], fetched: URL? = nil, into register: RevocationRegister, refusals: RefusalLog, logger: Logger
  ) {
    self.files = files + (fetched.map { [$0] } ?? [])
    self.fetched = fetched
    self.register = register
    self.refusals = refusals
    self.logger = logger
  }

  /// Reads all files.
  /// - Throws: `IdentityError` when one is missing or holds no lists.
  package func load() throws(IdentityError) {
    for file in files {
      stamps[file] = FileStamp(file)
      if file == fetched, stamps[file] == nil { continue }
      lists[file] = try RevocationList.lists(contentsOf: file)
    }
    register.replace(with: all)
  }

  /// These identities' own chains are judged by each list that comes: that finds out whose lists they are before any peer is there.
  package func prove(by identities: [MeshIdentity]) async {
    self.identities = identities
    await prove()
  }

  package func run() async {
    while (try? await Task.sleep(for: Self.pause)) != nil { await look() }
  }

  /// Reads what is another file than before.
  func look() async {
    var changed = false
    for file in files {
      let stamp = FileStamp(file)
      guard stamp != stamps[file] else { continue }
      stamps[file] = stamp
      do throws(IdentityError) {
        lists[file] = try RevocationList.lists(contentsOf: file)
        changed = true
      } catch {
        refuse("\(error)")
      }
    }
    guard changed else { return }
    let older = register.replace(with: all)
    if older > 0 { refuse("\(older) of the revocation lists in the files are older than those in force") }
    await prove()
    logger.info("revocation lists read", metadata: ["entries": "\(all.map(\.entries.count).reduce(0, +))"])
  }

  private var all: [RevocationList] { files.flatMap { lists[$0] ?? [] } }

  private func refuse(_ detail: String) {
    refusals.record(.revocationList, detail: detail, at: Date())
    logger.warning("revocation lists not taken", metadata: ["detail": "\(detail)"])
  }

  private func prove() async {
    for identity in identities {
      let verdict = await identity.verifier.verify(presented: identity.svid.chain, at: identity.now())
      guard case .refused(let rejection) = verdict else { continue }
      logger.warning(
        "this node's own certificate would be refused",
        metadata: ["id": "\(identity.svid.id.path)", "rule": "\(rejection.rule)", "detail": "\(rejection)"])
    }
  }
}
