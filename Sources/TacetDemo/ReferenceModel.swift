import Foundation
import TacetInference
import TacetMesh
import TacetPolicy

/// A model over the hours of a run in one process, where every choice can be tried: without noise and without a liar
/// (what privacy and attack cost), and at other noise levels (what each ε buys).
///
/// This is only possible where all raw data lies in one place: in a simulation.
struct ReferenceModel: Sendable {
  let model: ModelPack
  private let feeds: [SensorFeed]
  private let schedule: Schedule

  init(model: ModelPack, feeds: [SensorFeed], schedule: Schedule) {
    self.model = model
    self.feeds = feeds
    self.schedule = schedule
  }

  /// The forecasts of all sites at all steps in `steps`, [step][site][horizon], with noise, or without.
  func forecasts(steps: Range<Int>, noise: HeardSite.Noise) throws -> [[[Float]]] {
    var board: [Int: [Int: [Float]]] = [:]
    var heard: [HeardSite] = []
    return try steps.map { step in
      if heard.isEmpty || step == schedule.beginningOfRun(of: step) {
        heard = try model.manifest.sites.map { try HeardSite(model: model, site: $0, noise: noise) }
      }
      let windows = feeds.compactMap { $0.window(at: step) }
      guard windows.count == feeds.count, windows.count == heard.count else { return [] }
      var row: [Int: [Float]] = [:]
      for (site, window) in windows.enumerated() { row[site] = try heard[site].next(window) }
      board[step] = row
      let encodings = try model.encode(history: history(of: board, at: step))
      return try zip(windows.indices, windows).map { site, window in
        try corrected(window: window, site: model.manifest.sites[site], encoding: encodings[site])
      }
    }
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
