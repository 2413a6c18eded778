extension ModelManifest {
  /// After how many steps all that was to be forecast has been seen.
  package var stepsUntilTarget: Int { (horizon + binsPerStep - 1) / binsPerStep }

  /// What was to be forecast some steps before a window's end, H numbers; nil where the window does not hold it all.
  /// - Parameter window: [1, W, F].
  package func target(in window: FloatTensor, stepsBefore steps: Int) -> [Float]? {
    guard window.shape.count == 3, window.shape[0] == 1, window.shape[2] == featureScales.count else { return nil }
    let (bins, width) = (window.shape[1], window.shape[2])
    let first = bins - steps * binsPerStep
    guard first >= 0, first + horizon <= bins else { return nil }
    return (first..<(first + horizon)).map { window.values[$0 * width + target.feature] }
  }

  /// How many steps' samples something may change that happens within `seconds`: those whose windows or targets it is in.
  package func samples(within seconds: Int) -> Int {
    // An event of b bins at any place: the windows of W bins and H after them, a step apart, that it meets.
    let bins = max(1, (seconds + binSeconds - 1) / binSeconds) + 1
    return (window + horizon + bins - 1 + binsPerStep - 1) / binsPerStep
  }
}
