package import Foundation
package import Logging
import TacetIdentity
package import TacetTransport

/// The folder that an identity was loaded from: what another tool puts there in its place is in force a moment later, without a restart.
///
/// Certificate, key and bundle are replaced one after the other: they are taken when they belong together, and only for the same ID.
package actor IdentityFolder: IdentityUpkeep {
  private let folder: URL
  private let identity: MeshIdentity
  private let trust: PeerTrust
  private let refusals: RefusalLog
  private let logger: Logger
  /// Of the files that were taken, or given up.
  private var settled: [FileStamp?] = []
  private var offered: [FileStamp?] = []
  private var looks = 0

  /// How often a look is taken.
  static let pause = Duration.seconds(1)
  /// So many looks at the same files are taken before they are given up.
  private static let mostLooks = 5

  /// - Parameters:
  ///   - folder: with `cert.pem`, `key.pem` and `bundle.pem`.
  ///   - identity: as it was loaded from there.
  ///   - trust: how peers are judged, whatever the roots.
  ///   - refusals: counts files that were not taken.
  package init(_ folder: URL, of identity: MeshIdentity, trust: PeerTrust, refusals: RefusalLog, logger: Logger) {
    self.folder = folder
    self.identity = identity
    self.trust = trust
    self.refusals = refusals
    self.logger = logger
  }

  package func run() async {
    while (try? await Task.sleep(for: Self.pause)) != nil { await look() }
  }

  /// Takes what is there, when it is another identity of the same ID, and complete.
  func look() async {
    let stamps = Self.stamps(folder)
    guard stamps != settled else { return }
    do {
      let svid = try await SVID.load(from: folder)
      try take(svid)
      settled = stamps
    } catch {
      looks = stamps == offered ? looks + 1 : 1
      offered = stamps
      guard looks == Self.mostLooks else { return }
      settled = stamps
      refusals.record(.renewal, detail: "\(error)", at: Date())
      logger.warning("certificate, key and bundle not taken", metadata: ["detail": "\(error)"])
    }
  }

  private func take(_ svid: SVID) throws {
    let current = identity.svid
    guard svid.id == current.id else {
      throw MeshError.badInput(
        "\(folder.path) holds a certificate of \(svid.id.path) now, this node is \(current.id.path)")
    }
    guard svid.chain != current.chain || svid.roots != current.roots else { return }
    identity.replace(svid: svid, verifier: try trust.verifier(roots: svid.roots))
    logger.notice(
      "certificate replaced", metadata: ["id": "\(svid.id.path)", "not_after": "\(svid.notAfter.formatted(.iso8601))"])
  }

  private static func stamps(_ folder: URL) -> [FileStamp?] {
    IssuedSVID.File.allCases.map { FileStamp(folder.appendingPathComponent($0.rawValue)) }
  }
}
