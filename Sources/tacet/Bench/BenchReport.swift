import Foundation

/// What a bench prints.
struct BenchReport: Encodable {
  /// One measurement.
  struct Result: Encodable {
    let name: String
    let perSecond: Double
    let seconds: Double
    var p50Us: Double?
    var p99Us: Double?
    var scale: Int?
    /// Random bits a sample.
    var bits: Int?
    var kernel: String?

    /// Of so many samples or operations, one after the other.
    init(name: String, count: Int, elapsed: Duration) {
      self.name = name
      seconds = elapsed / .seconds(1)
      perSecond = Double(count) / seconds
    }

    /// Of operations that took so long each, in a time in which several may have run at once.
    init(name: String, latencies: [Duration], elapsed: Duration) {
      let sorted = latencies.map { $0 / .microseconds(1) }.sorted()
      func percentile(_ share: Double) -> Double? {
        sorted.isEmpty ? nil : sorted[Int(share * Double(sorted.count - 1))]
      }
      self.name = name
      seconds = elapsed / .seconds(1)
      perSecond = Double(latencies.count) / seconds
      p50Us = percentile(0.5)
      p99Us = percentile(0.99)
    }
  }

  let results: [Result]

  var text: String {
    results.map { result in
      let rate = String(format: "%12.0f /s", result.perSecond)
      guard let p50 = result.p50Us, let p99 = result.p99Us else { return "\(rate)  \(result.name)" }
      return "\(rate)  p50 \(String(format: "%8.0f", p50)) µs  p99 \(String(format: "%8.0f", p99)) µs  \(result.name)"
    }.joined(separator: "\n")
  }
}
