/// Square roots of whole numbers, rounded up by whole-number arithmetic alone.
enum WholeRoot {
  /// The least whole number whose square is at least `square`.
  static func roundedUp(of square: UInt128) -> UInt64 {
    // Invariant: `tooSmall`² < square (−1 stands below all), `enough`² ≥ square.
    var (tooSmall, enough): (Int128, Int128) = (-1, Int128(UInt64.max))
    while enough - tooSmall > 1 {
      let middle = (tooSmall + enough) / 2
      if UInt128(middle) * UInt128(middle) >= square { enough = middle } else { tooSmall = middle }
    }
    return UInt64(enough)
  }
}
