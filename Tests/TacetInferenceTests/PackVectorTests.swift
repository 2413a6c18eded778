import Foundation
import TacetPrivacy
import Testing

@testable import TacetInference

/// One step through all models of a trained pack, as ONNX Runtime computed it in Python when they were trained.
@Suite struct PackVectorTests {
  private struct Tensor: Decodable {
    let shape: [Int]
    let data: [Float]
  }

  private struct Vectors: Decodable {
    let run, step, lastBin: Int
    let tolerance: Float
    let window, siteOneHot, releases, presence, encoding, studentForecast, meshForecast: Tensor
    /// Of a pack whose student can be refreshed.
    let studentFeatures: Tensor?
    /// Of a pack that releases activations.
    let embedding: Tensor?
    /// Of a pack that releases counts: those of the step, and what the filter made of those of the history's steps, before noise.
    let counts, filtered: Tensor?

    init(of pack: URL) throws {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      self = try decoder.decode(Vectors.self, from: Data(contentsOf: pack.appendingPathComponent("vectors.json")))
    }

    /// The place on the site axis of the device whose window it is.
    var site: Int? { siteOneHot.data.firstIndex(of: 1) }
  }

  @Test(arguments: ["traffic", "traffic-counts", "clinics"])
  func oneStep(name: String) throws {
    let folder = Fixture.models.appendingPathComponent(name, isDirectory: true)
    let vectors = try Vectors(of: folder)
    let pack = try ModelPack.load(from: folder)
    let window = try FloatTensor(shape: vectors.window.shape, values: vectors.window.data)
    let index = try #require(vectors.site)
    let site = pack.manifest.sites[index]
    func close(_ values: [Float], _ expected: some Collection<Float>) -> Bool {
      values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) <= vectors.tolerance }
    }
    #expect((vectors.embedding == nil) != (vectors.counts == nil))
    if let embedding = vectors.embedding { #expect(close(try pack.embed(window: window, site: site), embedding.data)) }
    if let counts = vectors.counts {
      let rows = pack.counts(in: window)
      #expect(rows.flatMap(\.self).map(Float.init) == counts.data)
      #expect(counts.shape == [pack.manifest.binsPerStep, rows.first?.count])
    }
    let student = try pack.studentForecast(window: window, site: site)
    #expect(close(student, vectors.studentForecast.data))
    let both = try pack.student(window: window, site: site)
    #expect(both.forecast == student && close(both.features, vectors.studentFeatures?.data ?? []))
    #expect(pack.studentFeatures == both.features.count && (name == "clinics") == both.features.isEmpty)
    let encodings = try pack.encode(history: history(vectors, pack.manifest)).rows
    #expect(close(encodings.flatMap(\.self), vectors.encoding.data))
    let forecast = try pack.forecast(window: window, site: site, student: student, encoding: encodings[index])
    #expect(close(forecast, vectors.meshForecast.data))
  }

  /// From the recording to the last whole number before the noise: window, counts, filter.
  @Test(arguments: [("traffic-counts", "traffic"), ("clinics", "clinics")])
  func countsOfTheRecording(name: String, recording: String) throws {
    let folder = Fixture.models.appendingPathComponent(name, isDirectory: true)
    let vectors = try Vectors(of: folder)
    let pack = try ModelPack.load(from: folder)
    let (manifest, site) = (pack.manifest, try #require(vectors.site))
    guard case .counts(let features, let taps, _) = manifest.cut else { throw InferenceError(.badInput, "no counts") }

    let temporary = TemporaryFolder()
    let file = temporary.url.appendingPathComponent("sensor.npy")
    try NumpyArray.load(from: Fixture.root.appendingPathComponent("\(recording)/test.npy"))
      .slice(axis: 2, index: site).write(to: file)
    let sensor = try withExtendedLifetime(temporary) { try SensorRecording.load(from: file, manifest: manifest) }
    func window(_ step: Int) throws -> FloatTensor {
      let last = manifest.window - 1 + step * manifest.binsPerStep
      return try #require(sensor.window(run: vectors.run, endingAt: last, length: manifest.window))
    }
    #expect(try window(vectors.step).values == vectors.window.data)
    #expect(vectors.lastBin == manifest.window - 1 + vectors.step * manifest.binsPerStep)

    var history = CountHistory(filter: try CausalFilter(taps: taps), dimension: features.count)
    let filtered = try (0...vectors.step).map { step in
      pack.counts(in: try window(step)).flatMap { bin in
        history.append(bin.map(Int64.init))
        return history.filtered()
      }
    }
    let expected = try #require(vectors.filtered)
    #expect(filtered.suffix(manifest.history).flatMap(\.self).map(Float.init) == expected.data)
    #expect(expected.shape == [manifest.history, manifest.cutDimension] && expected.data.contains { $0 != 0 })
  }

  private func history(_ vectors: Vectors, _ manifest: ModelManifest) -> [[Int: [Float]]] {
    let (sites, k) = (manifest.sites.count, manifest.cutDimension)
    return (0..<manifest.history).map { step in
      var arrived: [Int: [Float]] = [:]
      for site in 0..<sites where vectors.presence.data[step * sites + site] == 1 {
        let cell = step * sites + site
        arrived[site] = Array(vectors.releases.data[cell * k..<(cell + 1) * k])
      }
      return arrived
    }
  }
}
