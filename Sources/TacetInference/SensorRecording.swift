public import Foundation

/// What one site's sensor recorded: runs of bins of features, [runs, bins, features], as physical values.
public struct SensorRecording: Hashable, Sendable {
  /// The number of runs: stretches without a gap, an hour each, say.
  public let runs: Int
  /// The number of bins of each run.
  public let bins: Int
  /// The number of features of each bin.
  public let features: Int
  private let values: [Float]

  /// Reads a recording; recorded values are divided by the manifest's feature scales.
  /// - Throws: ``InferenceError`` when the file is missing or has another shape.
  public static func load(from file: URL, manifest: ModelManifest) throws(InferenceError) -> SensorRecording {
    try SensorRecording(NumpyArray.load(from: file), name: file.path, manifest: manifest)
  }

  /// The same of an array, [runs, bins, features]; errors call it by `name`.
  init(_ array: NumpyArray, name: String, manifest: ModelManifest) throws(InferenceError) {
    let scales = manifest.featureScales
    guard array.shape.count == 3, array.shape[2] == scales.count else {
      throw InferenceError(
        .badInput, "\(name) has shape \(array.shape), a sensor of this model has [runs, bins, \(scales.count)]")
    }
    guard array.shape[0] >= 1, array.shape[1] >= manifest.window else {
      throw InferenceError(
        .badInput, "\(name) has shape \(array.shape): a recording has at least one run of \(manifest.window) bins")
    }
    (runs, bins, features) = (array.shape[0], array.shape[1], scales.count)
    values = array.values.enumerated().map { Float($1) / scales[$0 % scales.count] }
  }

  /// The window of `length` bins that ends at `bin`, [1, length, features]; nil where the recording does not reach.
  public func window(run: Int, endingAt bin: Int, length: Int) -> FloatTensor? {
    guard (0..<runs).contains(run), bin < bins, length >= 1, bin - length + 1 >= 0 else { return nil }
    let start = (run * bins + bin - length + 1) * features
    return try? FloatTensor(shape: [1, length, features], values: Array(values[start..<(start + length * features)]))
  }

  /// One feature over all bins of a run (in range).
  public func series(run: Int, feature: Int) -> [Float] {
    guard (0..<runs).contains(run), (0..<features).contains(feature) else { return [] }
    return (0..<bins).map { values[(run * bins + $0) * features + feature] }
  }
}
