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
    /// Of a message.
    var bytes: Int?
    var inFlight: Int?
    var agents: Int?
    /// Memory of the gateway's process.
    var bytesPerAgent: Int?
    /// Processor time of the gateway's process, in cores.
    var coreShare: Double?
    var rule: String?
    /// Vectors, and the numbers of each.
    var n: Int?
    var d: Int?
    /// Exchanges without an answer.
    var failed: Int?

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
      let name = result.name + result.gateway
      if let n = result.n, let d = result.d {
        return String(format: "%10.2f ms  ", 1000 * result.seconds) + "\(result.name) of \(n) vectors of \(d) numbers"
      }
      guard let p50 = result.p50Us, let p99 = result.p99Us else { return "\(rate)  \(name)" }
      return "\(rate)  p50 \(String(format: "%8.0f", p50)) µs  p99 \(String(format: "%8.0f", p99)) µs  \(name)"
    }.joined(separator: "\n")
  }
}

extension BenchReport.Result {
  /// What a gateway took, in words.
  fileprivate var gateway: String {
    var text = agents.map { ", \($0) devices" } ?? ""
    if let bytesPerAgent { text += String(format: ", %.1f KB each", Double(bytesPerAgent) / 1000) }
    if let coreShare { text += String(format: ", %.1f %% of a core", 100 * coreShare) }
    if let failed, failed > 0 { text += ", \(failed) not answered" }
    return text
  }
}
