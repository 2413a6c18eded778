import TacetPrivacy
import Testing

@Suite struct PrivacyCostTests {
  @Test("μ² = 4R²/S² exactly", arguments: [(1, 64), (7, 8), (1000, 32), (16_383, 8)])
  func costOfRelease(radius: Int, scale: Int) throws {
    let cost = try ReleaseParameters(radius: radius, scale: scale).cost
    #expect(UInt128(cost.units) * UInt128(scale * scale) == UInt128(4 * radius * radius) << 40)
    let mu = 2 * Double(radius) / Double(scale)
    #expect(cost.mu >= mu && cost.mu <= mu * (1 + 1e-15))
  }

  @Test("Sums saturate, and what is saturated fits nothing")
  func saturates() {
    let nearly = PrivacyCost(units: .max - 1)
    let one = PrivacyCost(units: 1)
    #expect(nearly + one == .unbounded)
    #expect(nearly + nearly == .unbounded)
    #expect(PrivacyCost.unbounded + one == .unbounded)
    #expect(!nearly.leavesRoom(for: one, within: .unbounded))
    #expect(!nearly.leavesRoom(for: nearly, within: nearly))
    #expect(nearly.leavesRoom(for: .zero, within: nearly))
  }

  @Test("The filter takes the last unit and not one more")
  func filterIsExact() {
    let limit = PrivacyCost(units: 1000)
    let spent = PrivacyCost(units: 900)
    #expect(spent.leavesRoom(for: PrivacyCost(units: 100), within: limit))
    #expect(!spent.leavesRoom(for: PrivacyCost(units: 101), within: limit))
  }

  @Test(arguments: [(0, 8), (-1, 8), (16_384, 8), (.max, 8), (1, 0), (1, 9), (1, -8), (1, .max)])
  func refusesParameters(radius: Int, scale: Int) {
    #expect(throws: PrivacyParameterError.self) { try ReleaseParameters(radius: radius, scale: scale) }
  }
}
