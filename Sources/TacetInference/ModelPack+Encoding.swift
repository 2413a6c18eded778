import Crypto

/// What a gateway makes of the releases that have reached it.
public struct SiteEncodings: Sendable, Hashable {
  /// For each site an encoding of the others.
  public let rows: [[Float]]
  /// What they were made from: SHA-256 of shard 2's digest, of which releases are there, and of their values. Where it is the same so are
  /// the encodings, up to rounding.
  public let inputs: [UInt8]
}

extension ModelPack {
  /// Shard 2, on a gateway: what has arrived → for each site an encoding of the others.
  ///
  /// - Parameter history: for each of the T latest steps, oldest first, the releases that arrived: by site index, in units of
  ///   the clipping radius.
  /// - Throws: ``InferenceError`` when there are not T steps, or a release is of an unknown site or another length.
  public func encode(history: [[Int: [Float]]]) throws(InferenceError) -> SiteEncodings {
    let (steps, sites, length) = (manifest.history, manifest.sites.count, manifest.cutDimension)
    guard history.count == steps else {
      throw InferenceError(.badInput, "\(history.count) steps of history given, the model takes \(steps)")
    }
    var releases = [Float](repeating: 0, count: steps * sites * length)
    var presence = [Float](repeating: 0, count: steps * sites)
    for (step, arrived) in history.enumerated() {
      for (site, values) in arrived {
        guard (0..<sites).contains(site), values.count == length, values.allSatisfy(\.isFinite) else {
          throw InferenceError(.badInput, "a release must be \(length) finite numbers of one of \(sites) sites")
        }
        presence[step * sites + site] = 1
        let start = (step * sites + site) * length
        releases.replaceSubrange(start..<(start + length), with: values)
      }
    }
    let encoding = try run(
      "shard-2",
      [
        "releases": FloatTensor(shape: [1, steps, sites, length], values: releases),
        "presence": FloatTensor(shape: [1, steps, sites], values: presence),
      ], output: "encoding")
    let rows = (0..<sites).map { Array(encoding[($0 * encodingDimension)..<(($0 + 1) * encodingDimension)]) }
    return SiteEncodings(rows: rows, inputs: digest(of: presence + releases))
  }

  /// The shapes are shard 2's, so that no two inputs are the same bytes.
  private func digest(of values: [Float]) -> [UInt8] {
    var hash = SHA256()
    hash.update(data: Array((manifest.shards["shard-2"]?.sha256 ?? "").utf8))
    values.map(\.bitPattern.littleEndian).withUnsafeBytes { hash.update(bufferPointer: $0) }
    return Array(hash.finalize())
  }
}
