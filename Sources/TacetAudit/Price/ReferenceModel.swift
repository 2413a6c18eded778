package import TacetInference

/// A model over recorded steps in one process, where every choice can be tried: without noise and without a liar
/// (what privacy and attack cost), and at other noise levels (what each ε buys).
///
/// This is only possible where all raw data lies in one place: in a simulation.
package struct ReferenceModel: Sendable {
  /// Forecasts, [step][site][horizon]; nothing at steps at which some sensor sleeps.
  package struct Forecasts: Sendable {
    /// Those of the mesh.
    package fileprivate(set) var mesh: [[[Float]]] = []
    /// Those of each site's student alone.
    package fileprivate(set) var student: [[[Float]]] = []
  }

  /// The model.
  package let model: ModelPack
  /// What each site's sensor shows, in the order of the model's sites.
  package let feeds: [SensorFeed]
  /// The steps of one run; releases of one say nothing about another.
  package var stepsPerRun: Int { feeds.first?.stepsPerRun ?? 1 }

  /// - Parameter feeds: one for each site of the model.
  package init(model: ModelPack, feeds: [SensorFeed]) {
    self.model = model
    self.feeds = feeds
  }

  /// A step at which every sensor shows something.
  package struct Moment {
    /// The step.
    package let step: Int
    /// What each site's sensor shows.
    package let windows: [FloatTensor]
    /// What was released by each site in the latest steps of the run, oldest first.
    package let history: [[Int: [Float]]]
  }

  /// Plays all steps in `steps` (from 0 on), with noise, or without.
  /// - Parameter body: called with each step; with nil at steps at which some sensor sleeps.
  /// - Throws: `InferenceError`; what the release mechanism throws; `CancellationError`; what `body` throws.
  func play(steps: Range<Int>, noise: HeardSite.Noise, _ body: (Moment?) throws -> Void) throws {
    var (board, heard): ([Int: [Int: [Float]]], [HeardSite]) = ([:], [])
    for step in steps {
      try Task.checkCancellation()
      if heard.isEmpty || step == beginningOfRun(of: step) {
        heard = try model.manifest.sites.map { try HeardSite(model: model, site: $0, noise: noise) }
        board = [:]
      }
      let windows = feeds.compactMap { $0.window(at: step) }
      guard windows.count == feeds.count, windows.count == heard.count else {
        try body(nil)
        continue
      }
      var row: [Int: [Float]] = [:]
      for (site, window) in windows.enumerated() { row[site] = try heard[site].next(window) }
      board[step] = row
      try body(Moment(step: step, windows: windows, history: history(of: board, at: step)))
    }
  }

  /// The forecasts of all sites at all steps in `steps` (from 0 on), with noise, or without.
  /// - Parameter progress: called after each step.
  /// - Throws: `InferenceError`; what the release mechanism throws; `CancellationError`.
  package func forecasts(
    steps: Range<Int>, noise: HeardSite.Noise, progress: () -> Void = {}
  ) throws -> Forecasts {
    var forecasts = Forecasts()
    try play(steps: steps, noise: noise) { moment in
      let row = try moment.map { try forecast($0) } ?? []
      forecasts.mesh.append(row.map(\.mesh))
      forecasts.student.append(row.map(\.student))
      progress()
    }
    return forecasts
  }

  private func forecast(_ moment: Moment) throws -> [(mesh: [Float], student: [Float])] {
    let encodings = try model.encode(history: moment.history).rows
    return try zip(model.manifest.sites, zip(moment.windows, encodings)).map { site, seen in
      let (window, encoding) = seen
      let student = try model.studentForecast(window: window, site: site)
      return (try model.forecast(window: window, site: site, student: student, encoding: encoding), student)
    }
  }

  private func history(of board: [Int: [Int: [Float]]], at step: Int) -> [[Int: [Float]]] {
    let beginning = beginningOfRun(of: step)
    return ((step - model.manifest.history + 1)...step).map { $0 < beginning ? [:] : board[$0] ?? [:] }
  }

  private func beginningOfRun(of step: Int) -> Int { step - step % stepsPerRun }
}
