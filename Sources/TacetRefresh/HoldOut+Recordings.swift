package import TacetInference

extension HoldOut {
  /// The samples of all sites in recordings that the aggregator may look at.
  /// - Parameter length: how many steps a block has.
  /// - Throws: ``RefreshError`` when there are too few; `InferenceError` when they are not of the model's sensors.
  package init(model: ModelPack, recordings: SiteRecordings, blocksOf length: Int) throws {
    let feeds = try recordings.feeds(of: model.manifest)
    try self.init(
      zip(feeds, model.manifest.sites).map { feed, site in
        try StudentTrace.samples(of: feed, model: model, site: site, steps: 0..<feed.steps)
      }, blocksOf: length)
  }
}

extension StudentTrace {
  /// The samples of some steps of a recording.
  /// - Throws: `InferenceError`.
  package static func samples(
    of feed: SensorFeed, model: ModelPack, site: String, steps: Range<Int>
  ) throws -> [StudentSample] {
    var trace = try StudentTrace(model: model, site: site)
    return try steps.compactMap { step in
      guard let window = feed.window(at: step) else { return nil }
      if step == feed.beginningOfRun(of: step) { trace.endRun() }
      return trace.take(window, step: step, student: try model.student(window: window, site: site))
    }
  }
}
