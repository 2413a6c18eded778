import Foundation
import Testing

@testable import TacetInference

/// One step through all four traffic models, as ONNX Runtime computed it in Python when they were trained.
@Suite struct TrafficVectorTests {
  private struct Tensor: Decodable {
    let shape: [Int]
    let data: [Float]
  }

  private struct Vectors: Decodable {
    let tolerance: Float
    let window, siteOneHot, embedding, releases, presence, encoding, studentForecast, meshForecast: Tensor
  }

  @Test(.enabled(if: Fixture.hasTraffic)) func oneStep() throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let vectors = try decoder.decode(
      Vectors.self, from: Data(contentsOf: Fixture.traffic.appendingPathComponent("vectors.json")))
    let pack = try ModelPack.load(from: Fixture.traffic)
    let window = try FloatTensor(shape: vectors.window.shape, values: vectors.window.data)
    let index = try #require(vectors.siteOneHot.data.firstIndex(of: 1))
    let site = pack.manifest.sites[index]
    func close(_ values: [Float], _ expected: some Collection<Float>) -> Bool {
      values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) <= vectors.tolerance }
    }
    #expect(close(try pack.embed(window: window, site: site), vectors.embedding.data))
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
