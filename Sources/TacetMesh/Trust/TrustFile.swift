package import Foundation
import TacetIdentity
package import TacetTrust

/// Where a node keeps its book of trust: `trust.json` in its state folder, 0600, replaced whole.
package enum TrustFile {
  private static let mostBytes = 64 << 20

  /// In a node's state folder.
  package static func place(in folder: URL) -> URL { folder.appendingPathComponent("trust.json") }

  /// Writes a book; it is on disk when this returns.
  /// - Throws: `IdentityError` naming the file and the reason.
  package static func write(_ book: TrustBook, to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .secondsSince1970
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try SecretFile.write(try encoder.encode(book.snapshot), to: file, mode: 0o600)
  }

  /// The book that a file holds; nil where there is no file.
  /// - Parameter parameters: what it goes by; nil for what it went by.
  /// - Throws: ``MeshError`` or `IdentityError` naming the file and what to do.
  package static func read(_ file: URL, parameters: TrustParameters? = nil) throws -> TrustBook? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let data = try SecretFile.read(file, limit: mostBytes)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.dateDecodingStrategy = .secondsSince1970
    do {
      // The version first: what else a later one says, this program cannot know.
      let version = try decoder.decode(Version.self, from: data).version
      guard version <= Version.known else { throw TrustSnapshotError.newer(version: version) }
      return try TrustBook(try decoder.decode(TrustBook.Snapshot.self, from: data), parameters: parameters)
    } catch TrustSnapshotError.newer(let version) {
      throw MeshError.badInput(
        "\(file.path) has version \(version) of the format, this program knows \(Version.known): update tacet, or move the file away"
      )
    } catch {
      let reason = (error as? TrustSnapshotError)?.description ?? "it is damaged"
      throw MeshError.badInput(
        "\(file.path) is no book of trust: \(reason); restore it, or move it away: all peers are new then")
    }
  }

  private struct Version: Decodable {
    static let known = TrustBook.Snapshot.current
    let version: Int
  }
}
