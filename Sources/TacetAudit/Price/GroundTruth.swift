import TacetInference

/// What came after each step at each site: what forecasts are judged by.
struct GroundTruth: Sendable {
  /// [step][site]; nil where the recording ends.
  private let values: [[(future: [Float], last: Float)?]]

  init(_ feeds: [SensorFeed], steps: Range<Int>) {
    values = steps.map { step in feeds.map { $0.truth(at: step) } }
  }

  /// The mean absolute error of forecasts [step][site][horizon], where there is one and something to judge it by; nil where nowhere is.
  func meanError(of forecasts: [[[Float]]]) -> Double? {
    mean(
      zip(values, forecasts).flatMap { truths, row in
        zip(truths, row).compactMap { truth, forecast in
          truth.map { RunReport.MeanErrors.absolute(forecast, $0.future) }
        }
      })
  }

  /// That of the last value, carried forward.
  var meanErrorOfLastValue: Double? {
    mean(
      values.joined().compactMap { truth in
        truth.map { truth in RunReport.MeanErrors.absolute(truth.future.map { _ in truth.last }, truth.future) }
      })
  }

  private func mean(_ errors: [Double]) -> Double? {
    errors.isEmpty ? nil : errors.reduce(0, +) / Double(errors.count)
  }
}
