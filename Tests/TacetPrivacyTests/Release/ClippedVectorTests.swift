import CNoise
import Foundation
import Testing

@testable import TacetPrivacy

@Suite struct ClippedVectorTests {
  /// Whole-number sum in 128 bits: the check does not use the code it checks.
  static func square(_ values: [Int16]) -> Int128 {
    values.reduce(0) { $0 + Int128($1) * Int128($1) }
  }

  @Test("‖x‖ ≤ R, so that any two inputs differ by at most 2R", arguments: [1, 2, 31, 32, 33, 1000, 16_383])
  func staysInside(radius: Int) throws {
    var generator = SystemRandomNumberGenerator()
    let unit = 1 / Float(radius)
    var inputs: [[Float]] = [
      Array(repeating: 0.5 * unit, count: 4096), Array(repeating: (0.5 * unit).nextUp, count: 4096),
      Array(repeating: -0.500001 * unit, count: 4096), Array(repeating: 1.5 * unit, count: 4096),
      Array(repeating: .greatestFiniteMagnitude, count: 4096), Array(repeating: -.infinity, count: 7),
      Array(repeating: .leastNonzeroMagnitude, count: 4096), [1], [-1], [1, 1], [Float(1).nextUp],
      [3e38, 0x1p-149, .nan],
      (0..<4096).map { ($0 % 2 == 0 ? 1 : -1) * (Float($0 % 5) + 0.5) * unit },
    ]
    for _ in 0..<100 {
      let size = Float.random(in: 0...3, using: &generator)
      inputs.append((0..<Int.random(in: 1...300)).map { _ in Float.random(in: -1...1, using: &generator) * size })
    }
    for input in inputs {
      let clipped = ClippedVector(input, radius: radius)
      #expect(clipped.values.count == input.count)
      #expect(Self.square(clipped.values) <= Int128(radius) * Int128(radius), "\(input.prefix(4)) × \(input.count)")
    }
  }

  @Test("The integer bound holds by itself, and changes nothing that fits", arguments: [1, 2, 31, 1000, 16_383])
  func integerBound(radius: Int) {
    for excess in 1...200 {
      let vectors = [
        [radius + excess], [radius, excess], [-radius, -radius, excess], Array(repeating: 1, count: radius + excess),
        (0..<excess).map { ($0 % 2 == 0 ? 1 : -1) * (radius - $0 % (radius + 1)) },
      ].map { $0.map { Int16(max(-16_384, min(16_384, $0))) } }
      for vector in vectors {
        let held = ClippedVector.held(vector, to: radius)
        #expect(Self.square(held) <= Int128(radius) * Int128(radius))
        if Self.square(vector) <= Int128(radius) * Int128(radius) { #expect(held == vector) }
      }
    }
    #expect(ClippedVector.held([Int16(radius), 0, 0], to: radius) == [Int16(radius), 0, 0])
  }

  @Test("A vector inside the ball is rounded to the grid and not scaled up")
  func insideIsRounded() {
    #expect(ClippedVector([0.25, -0.5, 0.126], radius: 8).values == [2, -4, 1])
    #expect(ClippedVector([1], radius: 8).values == [8])
    #expect(ClippedVector([0], radius: 8).values == [0])
  }

  @Test("A vector outside keeps its direction")
  func outsideIsScaled() {
    #expect(ClippedVector([30, -40], radius: 100).values == [60, -80])
    // 70.7 rounds to 71 twice, which is too long by 82: the first gives way.
    #expect(ClippedVector([3e38, -3e38], radius: 100).values == [70, -71])
  }

  @Test("What is not finite is zero, and counted")
  func nonFinite() {
    let clipped = ClippedVector([.nan, .infinity, -.infinity, 0.5, .signalingNaN], radius: 10)
    #expect(clipped.values == [0, 0, 0, 5, 0])
    #expect(clipped.sanitised == 4)
  }

  @Test("Shrinking keeps part of a dense vector on a coarse grid")
  func shrinkingKeepsSignal() {
    // Each element is just above ½ grid unit, so rounding alone would give ‖x‖² = 4096 for R² = 1024.
    let clipped = ClippedVector(Array(repeating: (0.5 / 32 as Float).nextUp, count: 4096), radius: 32)
    #expect(Self.square(clipped.values) <= 1024)
    #expect(Self.square(clipped.values) > 900)
  }

  @Test(
    "Any two inputs differ by at most 2R: opposite ones, adversarial half-integers, any bit pattern",
    arguments: [7, 500, 16_383])
  func diameter(radius: Int) {
    let unit = 1 / Float(radius)
    let halves = (0..<4096).map { (Float($0 % 3) + 0.5).nextUp * unit }
    let special: [Float] = [.nan, .infinity, 1e38, -1e38, .leastNonzeroMagnitude, -.leastNormalMagnitude, 0.5, -0.5]
    let zeros = [Float](repeating: 0, count: 4095)
    var inputs: [[Float]] = [
      halves, (0..<4096).map { special[$0 % special.count] }, Array(repeating: 1e38, count: 4096), [1] + zeros,
      Array(repeating: .leastNonzeroMagnitude, count: 4096), Array(repeating: (0.5 * unit).nextUp, count: 4096),
      (0..<4096).map { _ in Float(bitPattern: .random(in: .min ... .max)) },
    ]
    inputs += inputs.map { $0.map { -$0 } }
    let clipped = inputs.map { ClippedVector($0, radius: radius).values }
    for (index, one) in clipped.enumerated() {
      for other in clipped[..<index] {
        let distance = zip(one, other).reduce(0) { $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)) }
        #expect(distance <= 4 * radius * radius)
      }
    }
  }

  @Test("The bound holds for every input of one length, and every length up to three registers", arguments: 1...48)
  func everyLength(count: Int) {
    for _ in 0..<200 {
      let input = (0..<count).map { _ in Float(bitPattern: .random(in: .min ... .max)) }
      #expect(Self.square(ClippedVector(input, radius: 5).values) <= 25)
    }
  }

  @Test("As close to the ideal as rounding allows, at lengths that are not whole registers too")
  func closeToIdeal() {
    for count in [1, 2, 7, 15, 16, 17, 31, 100] {
      for size: Float in [0.01, 0.9, 1, 1.1, 1e20, 3.4e38] {
        let input = (0..<count).map { _ in Float.random(in: -1...1) * size }
        let norm = max(1, input.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot())
        // Half a unit by rounding, one where rounding was undone, and 2^-23 of the element by the product.
        for (value, element) in zip(ClippedVector(input, radius: 10_000).values, input) {
          #expect(abs(Double(value) - Double(element) / norm * 10_000) < 1.002, "\(count) × \(size)")
        }
      }
    }
  }

  @Test("With wider registers or without, the same values")
  func portableAgrees() {
    for count in [1, 8, 15, 16, 17, 100, 4096] {
      for size: Float in [0x1p-140, 1e-5, 0.2, 1, 1e10, 3e38] {
        for radius in [1, 33, 16_383] {
          let input = (0..<count).map { _ in Float.random(in: -1...1) * size }
          var (values, gains) = ([Int16](repeating: 0, count: count), [Int16](repeating: 0, count: count))
          #expect(cnoise_clip_portable(input, count, Int32(radius), &values, &gains) == 0)
          #expect(values == ClippedVector(input, radius: radius).values)
        }
      }
    }
  }

  @Test("Sums saturate at both ends, in whole registers and in what is left over", arguments: [1, 16, 19])
  func saturates(count: Int) {
    for (noise, sum): (Int16, Int16) in [(.max, .max), (32_700, .max), (100, 200), (-100, 0), (.min, -32_668)] {
      var values = [Int16](repeating: 100, count: count)
      cnoise_add(Array(repeating: noise, count: count), count, &values)
      #expect(values == Array(repeating: sum, count: count))
    }
    var values = [Int16](repeating: -100, count: count)
    cnoise_add(Array(repeating: .min, count: count), count, &values)
    #expect(values == Array(repeating: .min, count: count))
  }
}
