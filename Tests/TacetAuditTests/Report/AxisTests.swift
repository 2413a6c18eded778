import Testing

@testable import TacetAudit

@Suite struct AxisTests {
  @Test func decadesAreNamedInFewCharacters() {
    let axis = Axis(ofDecades: [-3.2, 5.4])
    #expect(axis.ticks == Array(-4...6).map(Double.init))
    #expect([-4, -2, 0, 3, 4, 6].map(axis.label) == ["10⁻⁴", "0.01", "1", "1000", "10⁴", "10⁶"])
  }

  /// One value, or none, is a scale too.
  @Test(arguments: [[], [2.0], [0.0]]) func anyNumberOfDecadesIsAScale(values: [Double]) {
    let axis = Axis(ofDecades: values)
    #expect(axis.upper > axis.lower && axis.ticks.count > 1)
  }
}
