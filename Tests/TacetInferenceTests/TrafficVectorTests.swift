import Foundation
import Testing

@testable import TacetInference

/// One step through all models of a traffic pack, as ONNX Runtime computed it in Python when they were trained.
@Suite struct TrafficVectorTests {
  private struct Tensor: Decodable {
    let shape: [Int]
    let data: [Float]
  }

  private struct Vectors: Decodable {
    let tolerance: Float
    let window, siteOneHot, releases, presence, encoding, studentForecast, meshForecast: Tensor
    /// Of a pack that releases activations, and of one that releases counts.
    let embedding, counts: Tensor?
  }

  @Test(.enabled(if: Fixture.hasTraffic), arguments: ["traffic", "traffic-counts"]) func oneStep(name: String) throws {
    let folder = Fixture.traffic.deletingLastPathComponent().appendingPathComponent(name, isDirectory: true)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let vectors = try decoder.decode(
      Vectors.self, from: Data(contentsOf: folder.appendingPathComponent("vectors.json")))
    let pack = try ModelPack.load(from: folder)
    let window = try FloatTensor(shape: vectors.window.shape, values: vectors.window.data)
    let index = try #require(vectors.siteOneHot.data.firstIndex(of: 1))
    let site = pack.manifest.sites[index]
    func close(_ values: [Float], _ expected: some Collection<Float>) -> Bool {
      values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) <= vectors.tolerance }
    }
    #expect((vectors.embedding == nil) != (vectors.counts == nil))
    if let embedding = vectors.embedding { #expect(close(try pack.embed(window: window, site: site), embedding.data)) }
    if let counts = vectors.counts {
      #expect(pack.counts(in: window).flatMap(\.self).map(Float.init) == counts.data && counts.shape == [3, 4])
    }
    let student = try pack.studentForecast(window: window, site: site)
    #expect(close(student, vectors.studentForecast.data))
    let encodings = try pack.encode(history: history(vectors, pack.manifest))
    #expect(close(encodings.flatMap(\.self), vectors.encoding.data))
    let forecast = try pack.forecast(window: window, site: site, student: student, encoding: encodings[index])
    #expect(close(forecast, vectors.meshForecast.data))
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
