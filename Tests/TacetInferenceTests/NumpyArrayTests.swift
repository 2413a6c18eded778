import Foundation
import Testing

@testable import TacetInference

@Suite struct NumpyArrayTests {
  private let folder = TemporaryFolder()

  /// A file with any header text and body.
  private func file(_ header: String, body: [UInt8], version: UInt8 = 1) throws -> URL {
    let count = header.utf8.count
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, 0]
    bytes += (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    return try folder.write(Data(bytes + Array(header.utf8) + body), "x.npy")
  }

  private func refusal(_ file: URL) -> InferenceError? {
    do throws(InferenceError) {
      _ = try NumpyArray.load(from: file)
      return nil
    } catch { return error }
  }

  @Test(arguments: [UInt8(1), 2]) func readsBothFormats(version: UInt8) throws {
    let file = try file(
      "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 2), }\n", body: [1, 0, 2, 0, 3, 0, 0, 1], version: version)
    let array = try NumpyArray.load(from: file)
    #expect(array.shape == [2, 2])
    #expect(array.values == [1, 2, 3, 256])
  }

  @Test func readsBackWhatItWrites() throws {
    let file = folder.url.appendingPathComponent("w.npy")
    let array = try NumpyArray(shape: [2, 3], values: [0, 1, 2, 3, 500, 65535])
    try array.write(to: file)
    let back = try NumpyArray.load(from: file)
    #expect(back.shape == array.shape && back.values == array.values)
    // The elements begin at a multiple of 64, as the format asks.
    #expect(try Data(contentsOf: file).count % 64 == 12)
  }

  @Test func slices() throws {
    let array = try NumpyArray(shape: [2, 3, 2], values: (0..<12).map { $0 })
    let slice = try array.slice(axis: 1, index: 2)
    #expect(slice.shape == [2, 2])
    #expect(slice.values == [4, 5, 10, 11])
    #expect(throws: InferenceError.self) { try array.slice(axis: 1, index: 3) }
    #expect(throws: InferenceError.self) { try array.slice(axis: 3, index: 0) }
  }

  @Test(arguments: [
    "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), }",
    "{'descr': '<u2', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<u2', 'fortran_order': True, 'shape': (2, 2), }",
    "{'descr': '>u2', 'fortran_order': False, 'shape': (2, 2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<u2', 'fortran_order': False, 'shape': (-2, -2), }",
    "{'descr': '<u2', 'fortran_order': False, 'shape': (9223372036854775807, 2), }",
    "{'descr': '<u2', 'fortran_order': False, 'shape': (99999999999999999999, 2), }",
    "nothing", "",
  ])
  func refuses(header: String) throws {
    let error = refusal(try file(header, body: [1, 0, 2, 0, 3, 0, 4, 0]))
    #expect(error?.kind == .badInput)
    #expect(error?.description.contains("x.npy") == true)
  }

  @Test func everyTruncationIsAnError() throws {
    let whole = try Data(
      contentsOf: file("{'descr': '<u2', 'fortran_order': False, 'shape': (2, 2), }\n", body: [1, 0, 2, 0, 3, 0, 4, 0]))
    for length in 0..<whole.count {
      #expect(refusal(try folder.write(whole.prefix(length), "t.npy"))?.kind == .badInput, "\(length) bytes")
    }
  }

  @Test func missingFile() {
    let error = refusal(folder.url.appendingPathComponent("none.npy"))
    #expect(error?.kind == .missing)
    #expect(error?.description.contains("none.npy") == true)
  }

  @Test func windowsOfARecording() throws {
    // Two runs of three bins with three features, divided by 4, 10 and 10.
    let manifest = try ModelManifest.load(from: Fixture.tiny.appendingPathComponent("manifest.yaml"))
    let file = folder.url.appendingPathComponent("r.npy")
    try NumpyArray(shape: [2, 3, 3], values: (0..<18).map { $0 * 20 }).write(to: file)
    let recording = try SensorRecording.load(from: file, manifest: manifest)
    let window = try #require(recording.window(run: 1, endingAt: 2, length: 2))
    #expect(window.shape == [1, 2, 3])
    #expect(window.values == [60, 26, 28, 75, 32, 34])
    #expect(recording.series(run: 0, feature: 1) == [2, 8, 14])
    #expect(recording.series(run: 2, feature: 0).isEmpty && recording.series(run: 0, feature: 3).isEmpty)
    #expect(recording.window(run: 0, endingAt: 1, length: 3) == nil)
    #expect(recording.window(run: 0, endingAt: 3, length: 1) == nil)
    #expect(recording.window(run: 2, endingAt: 1, length: 1) == nil)
    #expect(recording.window(run: 0, endingAt: -1, length: 1) == nil)
    #expect(recording.window(run: 0, endingAt: 1, length: 0) == nil)
    try NumpyArray(shape: [2, 3, 2], values: [UInt16](repeating: 0, count: 12)).write(to: file)
    #expect(throws: InferenceError.self) { try SensorRecording.load(from: file, manifest: manifest) }
  }
}
