public import Foundation
import X509

extension CertificateAuthority {
  /// What became of a batch.
  public struct BatchOutcome: Sendable, Hashable {
    /// How many certificates were issued now.
    public let issued: Int
    /// How many rows had a good one before.
    public let kept: Int
  }

  /// How many certificates are made durable at once.
  private static let group = 2048

  /// Issues a certificate with a key for each row of a batch, in `ROLE/NAME` of a folder.
  ///
  /// A row whose folder has a certificate that verifies, and was not revoked, is left alone: a batch that was interrupted, however
  /// hard, goes on where it was. Each certificate is in the log, durably, before its folder is there; each folder is there whole or
  /// not at all.
  /// - Parameter progress: called with the number of rows that are done, durably.
  /// - Throws: ``IdentityError``; where a row's folder holds something else, with its line and before anything is issued.
  public func issue(
    _ batch: IssuanceBatch, profile: LeafProfile = .standard, to folder: URL, progress: (Int) -> Void = { _ in }
  ) async throws(IdentityError) -> BatchOutcome {
    let place = try BatchFolder.open(folder)
    let open = try await unfinished(batch.rows, in: place, profile: profile)
    let kept = batch.rows.count - open.count
    try place.prepare(roles: Set(open.map(\.id.role)))
    progress(kept)
    var done = 0
    while done < open.count {
      let rows = Array(open[done..<min(done + Self.group, open.count)])
      try issueGroup(rows, profile: profile, in: folder, from: done)
      try place.sync()
      done += rows.count
      progress(kept + done)
    }
    try place.finish()
    return BatchOutcome(issued: done, kept: kept)
  }

  private func issueGroup(
    _ rows: [IssuanceBatch.Row], profile: LeafProfile, in folder: URL, from first: Int
  ) throws(IdentityError) {
    let keys = try Parallel.map(rows) { _ throws(IdentityError) in profile.makeKey() }
    let requests = zip(rows, keys).map { row, key in
      LeafRequest(id: row.id, key: key.publicKey, lifetime: row.lifetime)
    }
    let leaves = try certify(requests, profile: profile)
    let work = zip(leaves, keys).enumerated().map { (number: first + $0, leaf: $1.0, key: $1.1) }
    _ = try Parallel.map(work) { item throws(IdentityError) in
      guard let pem = try? item.key.serializeAsPEM().pemString else {
        throw IdentityError(.internalFault, "a key could not be written")
      }
      let issued = IssuedSVID(
        id: item.leaf.id, serial: item.leaf.serial, notAfter: item.leaf.notAfter, chain: item.leaf.chain, roots: roots,
        privateKeyPEM: try SecretBytes(Array((pem + "\n").utf8)))
      try issued.move(
        to: folder.appendingPathComponent(item.leaf.id.path, isDirectory: true),
        by: folder.appendingPathComponent("\(BatchFolder.unfinished)/\(item.number)", isDirectory: true))
    }
  }

  // MARK: What is there

  /// The rows that have no good certificate yet.
  private func unfinished(
    _ rows: [IssuanceBatch.Row], in place: borrowing BatchFolder, profile: LeafProfile
  ) async throws(IdentityError) -> [IssuanceBatch.Row] {
    let verifier = try ChainVerifier(roots: roots, trustDomain: trustDomain)
    let revoked = try revokedSerials()
    let folder = place.folder
    var open: [IssuanceBatch.Row] = []
    for start in stride(from: 0, to: rows.count, by: Self.group) {
      let part = Array(rows[start..<min(start + Self.group, rows.count)])
      for (row, isGood) in zip(part, await holdGoodOnes(part, in: folder, verifier: verifier, revoked: revoked))
      where !isGood {
        do throws(IdentityError) {
          try IssuedSVID.check(folder.appendingPathComponent(row.id.path), isFreeFor: row.id)
        } catch {
          throw IdentityError(.badInput, "line \(row.line): \(error)")
        }
        open.append(row)
      }
    }
    return open
  }

  /// What the authority has revoked.
  private func revokedSerials() throws(IdentityError) -> Set<SerialNumber> {
    guard let log = record?.log.log else { return [] }
    return Set(try log.revocations(before: try log.end()).keys)
  }

  /// For each row, whether it has a good certificate; asked for several at a time.
  private func holdGoodOnes(
    _ rows: [IssuanceBatch.Row], in folder: URL, verifier: ChainVerifier, revoked: Set<SerialNumber>
  ) async -> [Bool] {
    let stripes = ProcessInfo.processInfo.activeProcessorCount
    return await withTaskGroup(of: [Int].self) { group in
      for stripe in 0..<stripes {
        group.addTask {
          var good: [Int] = []
          for index in stride(from: stripe, to: rows.count, by: stripes) {
            let place = folder.appendingPathComponent(rows[index].id.path)
            if FileManager.default.fileExists(atPath: place.path),
              await holdsGoodOne(place, of: rows[index].id, verifier: verifier, revoked: revoked)
            {
              good.append(index)
            }
          }
          return good
        }
      }
      var isGood = [Bool](repeating: false, count: rows.count)
      for await found in group { for index in found { isGood[index] = true } }
      return isGood
    }
  }

  /// Whether a folder has a certificate of this ID that this authority's roots vouch for, with its key, and nothing of its chain
  /// is revoked.
  private func holdsGoodOne(
    _ folder: URL, of id: SPIFFEID, verifier: ChainVerifier, revoked: Set<SerialNumber>
  ) async -> Bool {
    func file(_ file: IssuedSVID.File) -> URL { folder.appendingPathComponent(file.rawValue) }
    guard let chain = try? PEMFile.certificates(file(.certificate)),
      let key = try? SecretFile.read(file(.key), limit: 64 << 10), (try? PEMFile.certificates(file(.bundle))) != nil,
      let leaf = chain.first.flatMap({ try? Certificate(derEncoded: $0) }),
      let parsed = try? Certificate.PrivateKey(pemEncoded: String(decoding: key, as: UTF8.self)),
      parsed.publicKey == leaf.publicKey, !chain.contains(where: { Self.isRevoked($0, in: revoked) })
    else { return false }
    if case .valid = await verifier.verify(presented: chain, at: Date(), expecting: id) { return true }
    return false
  }

  private static func isRevoked(_ der: [UInt8], in revoked: Set<SerialNumber>) -> Bool {
    guard !revoked.isEmpty, let certificate = try? Certificate(derEncoded: der),
      let serial = SerialNumber(octets: certificate.serialNumber.bytes)
    else { return false }
    return revoked.contains(serial)
  }
}
