import Foundation
import TacetAudit
import TacetMesh

/// One forecast of one site at one step, and how far off each way of making it was: mean absolute errors over the
/// horizons, in the unit of the target.
struct Score: Sendable {
  let site: String
  let step: Int
  let meshTookPart: Bool
  let mesh: Double
  let student: Double
  let lastValue: Double
  let reference: Double

  init(site: String, record: ForecastRecord, truth: (future: [Float], last: Float), reference: [Float]) {
    self.site = site
    step = record.step
    meshTookPart = !record.accepted.isEmpty
    mesh = RunReport.MeanErrors.absolute(record.forecast, truth.future)
    student = RunReport.MeanErrors.absolute(record.student, truth.future)
    lastValue = RunReport.MeanErrors.absolute(truth.future.map { _ in truth.last }, truth.future)
    self.reference = RunReport.MeanErrors.absolute(reference, truth.future)
  }
}

extension [Score] {
  /// The mean errors over these forecasts.
  var meanErrors: RunReport.MeanErrors {
    RunReport.MeanErrors(
      mesh: mean(\.mesh), student: mean(\.student), lastValue: mean(\.lastValue), reference: mean(\.reference))
  }

  private func mean(_ value: (Score) -> Double) -> Double? {
    isEmpty ? nil : reduce(0) { $0 + value($1) } / Double(count)
  }
}

extension [Double] {
  /// The nearest-rank percentile (0…100) of these numbers; nil when there are none.
  func percentile(_ rank: Double) -> Double? {
    let sorted = sorted()
    let index = Int((rank / 100 * Double(count)).rounded(.up)) - 1
    return sorted.isEmpty ? nil : sorted[Swift.min(Swift.max(index, 0), count - 1)]
  }
}
