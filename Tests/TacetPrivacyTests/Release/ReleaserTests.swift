import Testing

@testable import TacetPrivacy

@Suite struct ReleaserTests {
  static func reservation(
    _ release: String = "r1", dimension: Int, radius: Int = 32, scale: Int = 8, precision: NoisePrecision = .narrow
  ) throws -> Reservation {
    Reservation(
      device: "camera-1", release: release, index: 0,
      parameters: try ReleaseParameters(radius: radius, scale: scale), dimension: dimension, precision: precision)
  }

  @Test("A release carries what was charged, one value an element")
  func carriesItsParameters() throws {
    let release = try Releaser().release(
      [.nan, 0.5, 0], for: Self.reservation("r7", dimension: 3, radius: 100, scale: 16))
    #expect(release.values.count == 3)
    #expect(release.identifier == "r7")
    #expect(release.parameters == (try ReleaseParameters(radius: 100, scale: 16)))
    #expect(release.sanitised == 1)
  }

  @Test("Values are the clipped vector plus noise: mean within 6.5 standard errors, n = 40 000, false alarm 1e-10")
  func centredOnTheInput() throws {
    // 40 000 elements of R·0.0045 = 45 each; their norm is 0.9 R.
    let values = try Releaser().release(
      Array(repeating: 0.0045, count: 40_000), for: Self.reservation(dimension: 40_000, radius: 10_000, scale: 8)
    ).values
    let mean = values.reduce(0) { $0 + Double($1) } / 40_000
    let square = values.reduce(0) { $0 + (Double($1) - 45) * (Double($1) - 45) } / 40_000
    #expect(abs(mean - 45) < 6.5 * 8 / 200)
    #expect(abs(square / (64 + 1.0 / 12) - 1) < 6.5 * (2.0 / 40_000).squareRoot())
  }

  @Test("Two releases of one input never share noise: correlation and ties, n = 40 000, false alarm 1e-9")
  func noiseIsFresh() throws {
    let zeros = [Float](repeating: 0, count: 40_000)
    let one = try Releaser().release(zeros, for: Self.reservation("a", dimension: 40_000)).values
    let other = try Releaser().release(zeros, for: Self.reservation("a", dimension: 40_000)).values
    let product = zip(one, other).reduce(0) { $0 + Double($1.0) * Double($1.1) } / 40_000
    #expect(abs(product) < 6.5 * 64.1 / 200)
    // P(tie) = Σ p² = 1/(2S√π) = 0.0353 at S = 8; standard error 0.00092.
    let ties = zip(one, other).reduce(0) { $0 + ($1.0 == $1.1 ? 1.0 : 0) } / 40_000
    #expect(abs(ties - 0.0353) < 6.5 * 0.00092)
  }

  @Test("Every scale that parameters admit can be released, at either precision", arguments: NoisePrecision.allCases)
  func everyScale(precision: NoisePrecision) throws {
    for scale in ReleaseParameters.supportedScales + [65, 100, 529, 2048] {
      let reservation = try Self.reservation(dimension: 1, scale: scale, precision: precision)
      #expect(try Releaser().release([1], for: reservation).values.count == 1)
    }
  }

  @Test("Another number of elements than was charged is refused", arguments: [0, 1, 3])
  func refusesAnotherDimension(count: Int) throws {
    let reservation = try Self.reservation(dimension: 2)
    do {
      _ = try Releaser().release([Float](repeating: 0, count: count), for: reservation)
      Issue.record("released")
    } catch {
      #expect(error == .dimensionMismatch(expected: 2, found: count))
    }
  }

  @Test("Sums beyond 16 bits saturate and do not wrap")
  func saturates() {
    var noise = [Int16.max, Int16.min, 1, -1, 30_000, -30_000]
    let clipped = ClippedVector([0, 0, 0, 0, 0.9, -0.1], radius: 16_383)
    clipped.add(to: &noise)
    #expect(noise == [.max, .min, 1, -1, .max, -31_638])
    var low: [Int16] = [-32_768, 20_000]
    ClippedVector([-1, 0], radius: 16_383).add(to: &low)
    #expect(low == [.min, 20_000])
  }
}
