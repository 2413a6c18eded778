import Foundation

/// What SciPy says: `Scripts/make_leak_vectors.py` makes the file.
struct LeakVectors: Decodable {
  struct Tails: Decodable {
    struct Binomial: Decodable {
      let k, n: Int
      let p, tail: Double
    }

    struct Student: Decodable { let t, degrees, tail: Double }

    struct ChiSquared: Decodable { let x, degrees, tail: Double }

    struct Kolmogorov: Decodable {
      let steps, n: Int
      let tail: Double
    }

    let binomial: [Binomial]
    let student: [Student]
    let chiSquared: [ChiSquared]
    let kolmogorov: [Kolmogorov]
  }

  struct Interval: Decodable {
    let k, n: Int
    let confidence, low, high: Double
  }

  struct Sample: Decodable {
    let first, second: [Double]
    let t, degrees, tP, distance: Double
  }

  struct Table: Decodable {
    let counts: [[Int]]
    let bits, statistic, p: Double
  }

  let tails: Tails
  let intervals: [Interval]
  let samples: [Sample]
  let tables: [Table]

  static func load() throws -> LeakVectors {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/leak-statistics.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(LeakVectors.self, from: Data(contentsOf: file))
  }
}
