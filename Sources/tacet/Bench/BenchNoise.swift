import ArgumentParser
import Foundation
import TacetPrivacy

/// `tacet bench noise`: samples a second on one thread, random words included.
struct BenchNoise: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "noise", abstract: "Measures the noise sampler and the whole release path, on one thread.",
    discussion: """
      Rates are in samples a second and include the random words. Each scale is measured with either precision and every
      kernel this processor has; then the release of a 4096-vector (clip, quantise, noise, saturate) with the fastest kernel.

      EXAMPLES
        tacet bench noise --scale 8 --format json
      """)

  @Option(
    help: ArgumentHelp("A scale to measure; may be repeated (default: 8, 16, 32, 64, 256 and 2048).", valueName: "s"))
  var scale: [Int] = []

  @Option(help: ArgumentHelp("How long each measurement takes.", valueName: "s"))
  var seconds: Double = 0.5

  @OptionGroup var common: CommonOptions

  /// Elements of the vector that is released.
  private static let dimension = 4096

  func validate() throws {
    guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must be above 0 and at most 3600") }
    for nominal in scale {
      do {
        _ = try NoiseScale(nominal: nominal)
      } catch {
        throw ValidationError("--scale: \(error)")
      }
    }
  }

  func run() throws {
    var results: [BenchReport.Result] = []
    for nominal in scale.isEmpty ? [8, 16, 32, 64, 256, 2048] : scale {
      for precision in NoisePrecision.allCases {
        for kernel in NoiseKernel.allCases where kernel.isAvailable {
          results.append(try sampling(nominal, precision, kernel))
        }
        results.append(try releasing(nominal, precision))
      }
    }
    let report = BenchReport(results: results)
    try common.print(report, text: report.text)
  }

  private func sampling(_ scale: Int, _ precision: NoisePrecision, _ kernel: NoiseKernel) throws -> BenchReport.Result {
    let sampler = try GaussianSampler(scale: scale, precision: precision, kernel: kernel)
    var keystream = try CounterKeystream()
    let samples = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 1 << 16)
    samples.initialize(repeating: 0)
    defer { samples.deallocate() }
    let name = "samples, scale \(scale), \(precision.rawValue) bits, \(kernel)"
    var result = try measure(name, samples: samples.count) { try sampler.fill(samples, from: &keystream) }
    (result.scale, result.bits, result.kernel) = (scale, Int(precision.rawValue), kernel.rawValue)
    return result
  }

  private func releasing(_ scale: Int, _ precision: NoisePrecision) throws -> BenchReport.Result {
    // A norm of about 1, so that the clip has something to do half of the time.
    let size = (3 / Float(Self.dimension)).squareRoot()
    let activation = (0..<Self.dimension).map { _ in Float.random(in: -size...size) }
    let parameters = try ReleaseParameters(radius: 1000, scale: scale)
    let releaser = Releaser()
    let name = "release of a \(Self.dimension)-vector, scale \(scale), \(precision.rawValue) bits"
    var result = try measure(name, samples: Self.dimension) {
      _ = try releaser.uncharged(simulationOf: activation, parameters: parameters, precision: precision)
    }
    (result.scale, result.bits) = (scale, Int(precision.rawValue))
    return result
  }

  /// Calls `body`, which makes so many samples, for as long as asked.
  private func measure(_ name: String, samples: Int, body: () throws -> Void) throws -> BenchReport.Result {
    let clock = ContinuousClock()
    try body()
    let start = clock.now
    var calls = 0
    var elapsed = Duration.zero
    repeat {
      for _ in 0..<16 { try body() }
      calls += 16
      elapsed = clock.now - start
    } while elapsed < .seconds(seconds)
    return BenchReport.Result(name: name, count: calls * samples, elapsed: elapsed)
  }
}
