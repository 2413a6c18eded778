public import Foundation

/// What a site's sensor counted, in runs (hours) of equally many bins.
public struct SensorRecording: Sendable {
  /// The number of runs.
  public let runs: Int
  /// The number of bins in a run.
  public let bins: Int

  private let features: Int
  private let scales: [Float]
  private let counts: [UInt16]

  /// Reads a `.npy` file of uint16, [runs, bins, features] or [bins, features], of the features a model declares.
  /// - Throws: ``InferenceError`` that names the file.
  public static func load(from file: URL, manifest: ModelManifest) throws(InferenceError) -> SensorRecording {
    let array = try NumpyArray<UInt16>.load(from: file)
    let scales = manifest.sensor.features.map { Float($0.scale) }
    guard let recording = SensorRecording(array, scales: scales) else {
      throw InferenceError(
        .malformed, "\(file.path) has shape \(array.shape), not [runs, bins, \(scales.count)] as the model's sensor")
    }
    return recording
  }

  /// - Parameter scales: what the recorded integers are divided by, one a feature.
  init?(_ array: NumpyArray<UInt16>, scales: [Float]) {
    let shape = array.shape.count == 2 ? [1] + array.shape : array.shape
    guard shape.count == 3, shape[2] == scales.count else { return nil }
    runs = shape[0]
    bins = shape[1]
    features = shape[2]
    self.scales = scales
    counts = array.values
  }

  /// The window of `length` bins that ends with the bin `last`, [1, length, features], oldest bin first, in physical
  /// units; nil where the run does not hold it.
  public func window(run: Int = 0, endingAt last: Int, length: Int) -> FloatTensor? {
    guard (0..<runs).contains(run), (0..<bins).contains(last), (1...(last + 1)).contains(length) else { return nil }
    let start = (run * bins + last + 1 - length) * features
    let values = counts[start..<start + length * features].enumerated().map {
      Float($0.element) / scales[$0.offset % features]
    }
    return try? FloatTensor(shape: [1, length, features], values: values)
  }

  /// A feature over a run, one value a bin, in physical units; empty where there is no such run or feature.
  public func series(run: Int, feature: Int) -> [Float] {
    guard (0..<runs).contains(run), (0..<features).contains(feature) else { return [] }
    return (0..<bins).map { Float(counts[(run * bins + $0) * features + feature]) / scales[feature] }
  }
}
