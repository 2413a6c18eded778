import Foundation
import Testing

@testable import TacetPrivacy

/// What may be released of individuals whom several devices count.
@Suite struct StreamCalibrationTests {
  private func calibration(
    epsilon: Double = 8, delta: Double = 1e-6, passages: UInt64 = 4, sensitivity: Int = 512, steps: Int = 2880,
    dimension: UInt64? = 6
  ) throws -> StreamCalibration {
    try StreamCalibration(
      epsilon: epsilon, delta: delta, sensitivity: sensitivity, windows: passages, steps: steps, dimension: dimension,
      ledgers: .each)
  }

  @Test(
    "The largest μ of a passage keeps the trip, and a millionth more does not", arguments: [0.5, 2, 8],
    [1, 3, 16, 1000])
  func largestMu(epsilon: Double, passages: UInt64) throws {
    let mu = try calibration(epsilon: epsilon, passages: passages).largestMu
    let root = Double(passages).squareRoot()
    #expect(try GaussianAccountant.epsilon(mu: mu * root, delta: 1e-6) <= epsilon)
    #expect(try GaussianAccountant.epsilon(mu: mu * root * (1 + 1e-6), delta: 1e-6) > epsilon)
  }

  @Test("μ_trip = μ·√M, each ε its own", arguments: [UInt64(1), 4, 9])
  func passagesAndTrip(passages: UInt64) throws {
    let option = try #require(try calibration(passages: passages).leastScale())
    #expect(option.window.devices == 1 && option.all.devices == passages)
    #expect(abs(option.all.mu / (option.window.mu * Double(passages).squareRoot()) - 1) < 1e-12)
    #expect(option.window.mu >= 512 / Double(option.parameters.noiseScale.variance).squareRoot())
    #expect(try option.all.epsilon >= GaussianAccountant.epsilon(mu: option.all.mu * (1 - 1e-9), delta: 1e-6))
    #expect(option.all.epsilon <= 8 && option.window.epsilon <= option.all.epsilon)
    #expect(passages > 1 || option.window == option.all)
  }

  @Test("The least scale fits, with what the tables add, and one below does not")
  func leastScaleIsTheLeast() throws {
    let calibration = try calibration()
    let option = try #require(try calibration.leastScale())
    let scale = option.parameters.scale
    #expect(scale > 66)
    #expect(try calibration.option(scale: scale - 1) == nil)
    #expect(option.window.mu <= calibration.largestMu)
    // 2880 releases of 6 numbers at each of 4 devices.
    let slack = ImplementationSlack(of: .contribution(option.parameters), dimension: 24, precision: option.precision)
    #expect(option.deltaSlack == slack.delta(at: 8))
    let rest = 1e-6 - option.deltaSlack
    #expect(try GaussianAccountant.epsilon(cost: option.parameters.cost * 4, delta: rest) <= 8)
  }

  /// A device whose budget is for one window goes on with the 64-bit table where the one of all windows has to change.
  @Test("The tables that count are those of each device, or those of one budget's course")
  func tables() throws {
    let trip = try #require(try calibration(dimension: 24).option(scale: 644))
    #expect(trip.precision == .narrow)
    let narrow = ImplementationSlack(of: .contribution(trip.parameters), dimension: 96, precision: .narrow)
    #expect(trip.deltaSlack == narrow.delta(at: 8))
    let one = try StreamCalibration(
      epsilon: 8, delta: 1e-6, sensitivity: 512, windows: 4, steps: 2880, dimension: 24, ledgers: .one)
    let windows = try #require(try one.option(scale: 644))
    #expect(windows.precision == .wide)
    let course = ImplementationSlack.charged(
      .contribution(windows.parameters), dimension: 24, count: 4, epsilon: 8, delta: 1e-6)
    #expect(course.slack.narrow > 0 && course.slack.wide > 0 && windows.deltaSlack == course.slack.delta(at: 8))
    #expect(windows.deltaSlack < trip.deltaSlack && windows.deltaSlack <= 1e-8)
    #expect(windows.all == trip.all && windows.window == trip.window && one.largestMu > 0)
  }

  @Test("Where nothing fits, nothing is offered")
  func nothingFits() throws {
    #expect(try calibration(epsilon: 0.001, passages: 1000, sensitivity: 16_383).leastScale() == nil)
    #expect(throws: PrivacyParameterError.deltaOutOfRange(1)) { try calibration(delta: 1) }
    #expect(throws: PrivacyParameterError.epsilonOutOfRange(-1)) { try calibration(epsilon: -1) }
    #expect(throws: PrivacyParameterError.streamSensitivityOutOfRange(0)) { try calibration(sensitivity: 0) }
    #expect(throws: PrivacyParameterError.stepsOutOfRange(0)) { try calibration(steps: 0) }
    #expect(throws: PrivacyParameterError.unsupportedScale(9)) { try calibration().option(scale: 9) }
  }

  @Test func tripsPastSeveralDevices() throws {
    let cost = try StreamParameters(sensitivity: 13, scale: 16, steps: 2880).cost
    let trips = TripCost.usual(cost: cost, delta: 1e-6)
    #expect(trips.map(\.devices) == [1, 2, 4, 8])
    // The example of Documentation/privacy.md: ε = 8.579254 for four.
    #expect(abs(trips[2].mu - 4 * 13 / 32.0) < 1e-12 && abs(trips[2].epsilon - 8.579254039) < 1e-8)
    #expect(TripCost.usual(cost: cost, delta: 1).isEmpty)
    #expect(try TripCost(past: .max, cost: cost, delta: 1e-6).epsilon == .infinity)
  }

  @Test("A plan says what one passage costs, and what all of a window do")
  func plans() throws {
    let plan = try ContributionPlan(
      filter: CausalFilter(taps: [10, 6, 4, 2, 1]), passages: 3, bound: 2, scale: 16, steps: 10)
    // √(2 · 157) = 17.7, √(9 · 2 · 157) = 53.2.
    #expect(plan.passageCost.units == (18 * 18 << 40) / 256)
    #expect(plan.parameters.cost.units == (54 * 54 << 40) / 256)
    #expect(try ContributionPlan.sensitivity(passages: 1, bound: 2, norm: 13) == 19)
    #expect(throws: ContributionError.normOutOfRange(0)) {
      try ContributionPlan.sensitivity(passages: 1, bound: 1, norm: 0)
    }
    #expect(throws: ContributionError.boundOutOfRange(0)) {
      try ContributionPlan.sensitivity(passages: 1, bound: 0, norm: 1)
    }
    #expect(throws: ContributionError.sensitivityTooLarge) {
      try ContributionPlan.sensitivity(passages: 1, bound: 5, norm: 16_383)
    }
  }
}
