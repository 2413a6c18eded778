import TacetPrivacy

/// 64 bits that stand for a release, or for a row, keyed for one verification: equal things have equal fingerprints, and
/// nobody can make others collide who does not know the key (SipHash, Aumasson and Bernstein 2012, as Swift's `Hasher`).
struct ReleaseFingerprint {
  private let key = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))

  func of(_ release: String, device: String) -> UInt64 {
    var hasher = keyed()
    hasher.combine(device)
    hasher.combine(release)
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }

  /// Of a whole row: the wrapping sum over rows is the same for the same rows in any order, and by chance (2⁻⁶⁴) only for
  /// others.
  func of(_ row: ChargedRow) -> UInt64 {
    var hasher = keyed()
    hasher.combine(row)
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }

  private func keyed() -> Hasher {
    var hasher = Hasher()
    hasher.combine(key.0)
    hasher.combine(key.1)
    return hasher
  }
}
