/// The sensor of a site, played from a recording: which window it shows at which step.
///
/// Step s of a run ends at bin `window − 1 + s · bins per step`; a run has as many steps as have a window and a full
/// horizon to be judged by.
package struct SensorFeed: Sendable {
  /// What the sensor has at a step.
  package enum Reading: Sendable {
    /// Its latest window.
    case window(FloatTensor)
    /// Nothing: it sleeps. A run of the schedule that is longer than the recorded one has such steps at its end.
    case asleep
    /// Nothing any more: the recording has ended.
    case ended

    /// The window, where there is one.
    package var window: FloatTensor? { if case .window(let window) = self { window } else { nil } }
  }

  /// How many steps each run has, 1 or more.
  package let stepsPerRun: Int
  private let recording: SensorRecording
  private let manifest: ModelManifest

  /// - Parameter stepsPerRun: 1 or more; where the recorded runs have fewer the sensor sleeps.
  package init(recording: SensorRecording, manifest: ModelManifest, stepsPerRun: Int) {
    self.recording = recording
    self.manifest = manifest
    self.stepsPerRun = max(1, stepsPerRun)
  }

  /// How many steps a run of `bins` bins has.
  package static func stepsPerRun(bins: Int, manifest: ModelManifest) -> Int {
    let later = bins - manifest.horizon - manifest.window
    return later < 0 ? 0 : later / manifest.binsPerStep + 1
  }

  /// What there is at `step`.
  package func reading(at step: Int) -> Reading {
    let (run, bin) = position(of: step)
    guard run < recording.runs else { return .ended }
    return recording.window(run: run, endingAt: bin, length: manifest.window).map(Reading.window) ?? .asleep
  }

  /// The latest window at `step`; nil when the sensor sleeps or the recording has ended.
  package func window(at step: Int) -> FloatTensor? {
    if case .window(let window) = reading(at: step) { window } else { nil }
  }

  /// What the target turned out to be after `step`, nearest horizon first, and its last value at `step`.
  package func truth(at step: Int) -> (future: [Float], last: Float)? {
    let (run, bin) = position(of: step)
    guard run < recording.runs, bin + manifest.horizon < recording.bins else { return nil }
    let values = recording.series(run: run, feature: manifest.target.feature)
    return (Array(values[(bin + 1)...(bin + manifest.horizon)]), values[bin])
  }

  /// How many steps all runs have.
  package var steps: Int { recording.runs * stepsPerRun }

  /// The first step of the run that `step` (≥ 0) is in.
  package func beginningOfRun(of step: Int) -> Int { step - step % stepsPerRun }

  private func position(of step: Int) -> (run: Int, bin: Int) {
    let (run, stepOfRun) = step.quotientAndRemainder(dividingBy: stepsPerRun)
    return (run, manifest.window - 1 + stepOfRun * manifest.binsPerStep)
  }
}
