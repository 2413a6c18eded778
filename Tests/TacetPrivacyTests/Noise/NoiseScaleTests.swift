import Foundation
import TacetPrivacy
import Testing

@Suite struct NoiseScaleTests {
  @Test("A scale with a table is one draw of it", arguments: [8, 16, 32, 64])
  func oneDraw(scale: Int) throws {
    let noise = try NoiseScale(nominal: scale)
    #expect(noise.draws == 1 && noise.tableScales == [scale] && noise.factor == 0)
    #expect(noise.variance == scale * scale && noise.weight == scale && noise.nominal == scale)
  }

  @Test("Every whole scale from 65 to 2048: enough noise, σ at most 6.2 % above S, s₂ ≥ 2a, and it fits 16 bits")
  func twoDraws() throws {
    for nominal in 65...NoiseScale.largest {
      let noise = try NoiseScale(nominal: nominal)
      #expect(noise.draws == 2 && noise.nominal == nominal)
      let (outer, inner) = (noise.tableScales[0], noise.tableScales[1])
      #expect(noise.variance == noise.factor * noise.factor * outer * outer + inner * inner)
      #expect(noise.variance >= nominal * nominal)
      #expect(Double(noise.variance).squareRoot() < 1.0625 * Double(nominal))
      #expect(inner >= 2 * noise.factor && noise.weight == outer + inner)
    }
  }

  @Test("Noise of every factor fits 16 bits with none is above 27 687")
  func fits() throws {
    for nominal in stride(from: 65, through: NoiseScale.largest, by: 61) + [NoiseScale.largest] {
      for precision in NoisePrecision.allCases {
        #expect(try GaussianSampler(scale: nominal, precision: precision).largestMagnitude <= 27_687)
      }
    }
  }

  @Test("Known choices: the least variance, then the least weight, then the least factor")
  func known() throws {
    // 65² = 4225 ≤ 4352 = 64² + 16² = 2²·32² + 16² = 4²·16² + 16² = 8²·8² + 16²: the last has the least weight.
    let scale = try NoiseScale(nominal: 65)
    #expect(scale.variance == 4352 && scale.factor == 8 && scale.tableScales == [8, 16] && scale.weight == 24)
    let largest = try NoiseScale(nominal: 2048)
    #expect(largest.variance == 2048 * 2048 + 64 * 64 && largest.factor == 32 && largest.tableScales == [64, 64])
  }

  @Test("Other scales are refused", arguments: [Int.min, -8, 0, 1, 7, 9, 33, 63, 2049, .max])
  func refused(scale: Int) {
    #expect(throws: PrivacyParameterError.unsupportedScale(scale)) { try NoiseScale(nominal: scale) }
    #expect(throws: PrivacyParameterError.unsupportedScale(scale)) { try ReleaseParameters(radius: 1, scale: scale) }
  }

  @Test("A release of two draws costs ⌈4R²·2⁴⁰ / variance⌉, and no relative bound holds for its noise")
  func cost() throws {
    let parameters = try ReleaseParameters(radius: 1000, scale: 65)
    #expect(parameters.cost.units == (4 * 1_000_000 * (1 << 40) + 4351) / 4352)
    #expect(parameters.scale == 65 && parameters.noiseScale.variance == 4352)
    #expect(try ReleaseParameters(radius: 3, scale: 8).cost.units == (9 << 40) / 16)
    let slack = ImplementationSlack(of: parameters, dimension: 10, precision: .wide)
    #expect(slack.wide == 240 && slack.tail == .max)
    #expect(ImplementationSlack(of: parameters, dimension: 10, precision: .narrow).narrow == 240)
  }
}
