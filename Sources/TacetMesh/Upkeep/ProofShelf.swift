import Foundation
import TacetIdentity
import TacetLog

/// Proofs in a folder, in files as ``ProofFolder`` has them, so many of them at most: then the older half goes.
struct ProofShelf {
  private let folder: URL
  private let most: Int
  /// How many files there are; nil before the first is put there.
  private var count: Int?

  /// - Parameters:
  ///   - folder: need not be there.
  ///   - most: the most proofs that are kept, some two kilobytes each.
  init(_ folder: URL, most: Int = 4096) {
    self.folder = folder
    self.most = most
  }

  /// The proof that is kept; nil where there is none that can be read.
  func proof(of fingerprint: [UInt8]) -> InclusionProof? { try? ProofFolder(folder).read(fingerprint) }

  /// Keeps a proof, durably.
  /// - Throws: ``MeshError``, `IdentityError`.
  mutating func put(_ proof: InclusionProof, of fingerprint: [UInt8]) throws {
    try StateFolder.prepare(folder)
    var kept = count ?? files().count
    if kept >= most { kept = removeOlderHalf() }
    try PublishedFile.write(proof.description, to: ProofFolder(folder).file(fingerprint))
    count = kept + 1
  }

  private func removeOlderHalf() -> Int {
    let byAge = files().map { ($0, Self.modified($0)) }.sorted { $0.1 < $1.1 }
    for (file, _) in byAge.prefix((byAge.count + 1) / 2) { try? FileManager.default.removeItem(at: file) }
    return files().count
  }

  private static func modified(_ file: URL) -> Date {
    (try? file.resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate ?? .distantPast
  }

  private func files() -> [URL] {
    (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
  }
}
