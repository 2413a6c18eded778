import Crypto
package import Foundation

/// What the sensors of all sites recorded beside each other: unsigned 16-bit integers, [runs, bins, sites, features].
///
/// Only where all raw data lies in one place: for demonstrations and reports.
package struct SiteRecordings: Sendable {
  /// The file.
  package let file: URL
  /// SHA-256 of the file's bytes, in lower-case hexadecimal.
  package let digest: String
  private let array: NumpyArray

  /// Reads a `.npy` file.
  /// - Throws: ``InferenceError`` when it is missing, too large, or has another number of axes.
  package static func load(from file: URL) throws(InferenceError) -> SiteRecordings {
    let bytes = try NumpyArray.read(file)
    let array = try NumpyArray(bytes: bytes, name: file.path)
    guard array.shape.count == 4 else {
      throw InferenceError(.badInput, "\(file.path) has shape \(array.shape), not [runs, bins, sites, features]")
    }
    let digest = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    return SiteRecordings(file: file, digest: digest, array: array)
  }

  /// What one site recorded, [runs, bins, features].
  /// - Parameter index: on the site axis.
  /// - Throws: ``InferenceError`` when there is no such site.
  package func site(_ index: Int) throws(InferenceError) -> NumpyArray { try array.slice(axis: 2, index: index) }

  /// How many steps of a model a run has: at least 1.
  /// - Throws: ``InferenceError`` when the recording has other sites or features than the model, or no run as long as a step needs.
  package func stepsPerRun(of manifest: ModelManifest) throws(InferenceError) -> Int {
    let (sites, features) = (manifest.sites.count, manifest.featureScales.count)
    guard array.shape[2] == sites, array.shape[3] == features else {
      throw InferenceError(
        .badInput,
        "\(file.path) has shape \(array.shape), the model \(manifest.model) has [runs, bins, \(sites) sites, \(features) features]"
      )
    }
    let steps = SensorFeed.stepsPerRun(bins: array.shape[1], manifest: manifest)
    guard array.shape[0] >= 1, steps >= 1 else {
      throw InferenceError(
        .badInput,
        "\(file.path) has \(array.shape[0]) runs of \(array.shape[1]) bins, the model \(manifest.model) needs one of "
          + "\(manifest.window + manifest.horizon) bins or more")
    }
    return steps
  }

  /// What each site's sensor shows at the steps of a model, in the order of the site axis.
  /// - Throws: ``InferenceError`` as ``stepsPerRun(of:)``.
  package func feeds(of manifest: ModelManifest) throws(InferenceError) -> [SensorFeed] {
    let stepsPerRun = try stepsPerRun(of: manifest)
    var feeds: [SensorFeed] = []
    for index in manifest.sites.indices {
      let recording = try SensorRecording(site(index), name: file.path, manifest: manifest)
      feeds.append(SensorFeed(recording: recording, manifest: manifest, stepsPerRun: stepsPerRun))
    }
    return feeds
  }
}
