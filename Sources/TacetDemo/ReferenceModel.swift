import Foundation
import TacetInference
import TacetMesh
import TacetPrivacy

/// The same model over the same hours in one process, where every choice can be tried: without noise and without a liar
/// (what privacy and attack cost), and at other noise levels (what each ε buys).
///
/// This is only possible where all raw data lies in one place: in a simulation.
struct ReferenceModel: Sendable {
  private let model: ModelPack
  private let feeds: [SensorFeed]
  private let schedule: Schedule

  init(model: ModelPack, feeds: [SensorFeed], schedule: Schedule) {
    self.model = model
    self.feeds = feeds
    self.schedule = schedule
  }

  /// The forecasts of all sites at all steps in `steps`, [step][site][horizon], with noise at `parameters`, or without.
  func forecasts(steps: Range<Int>, noise parameters: ReleaseParameters?) throws -> [[[Float]]] {
    var board: [Int: [Int: [Float]]] = [:]
    return try steps.map { step in
      let windows = feeds.compactMap { $0.window(at: step) }
      guard windows.count == feeds.count else { return [] }
      board[step] = try Dictionary(
        uniqueKeysWithValues: windows.enumerated().map { site, window in
          (site, try heard(window: window, site: model.manifest.sites[site], noise: parameters))
        })
      let encodings = try model.encode(history: history(of: board, at: step))
      return try zip(windows.indices, windows).map { site, window in
        try corrected(window: window, site: model.manifest.sites[site], encoding: encodings[site])
      }
    }
  }

  /// What a gateway hears of one activation, in units of the clipping radius.
  private func heard(window: FloatTensor, site: String, noise parameters: ReleaseParameters?) throws -> [Float] {
    let activation = try model.embed(window: window, site: site)
    guard let parameters else { return Self.clipped(activation) }
    let noised = try Releaser().uncharged(simulationOf: activation, parameters: parameters)
    return noised.map { Float($0) / Float(parameters.radius) }
  }

  /// The activation, scaled down to an L2 norm of 1 where it is longer.
  private static func clipped(_ activation: [Float]) -> [Float] {
    let norm = activation.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    return activation.map { Float(Double($0) / max(1, norm)) }
  }

  private func history(of board: [Int: [Int: [Float]]], at step: Int) -> [[Int: [Float]]] {
    let beginning = schedule.beginningOfRun(of: step)
    return ((step - model.manifest.history + 1)...step).map { $0 < beginning ? [:] : board[$0] ?? [:] }
  }

  private func corrected(window: FloatTensor, site: String, encoding: [Float]) throws -> [Float] {
    let student = try model.studentForecast(window: window, site: site)
    return try model.forecast(window: window, site: site, student: student, encoding: encoding)
  }
}
