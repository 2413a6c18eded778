import ArgumentParser
import Foundation
import TacetPrivacy

/// `tacet privacy sample`: the noise itself, for whoever wants to test it.
struct PrivacySample: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Write samples of the noise to standard output.",
    discussion: """
      Binary, little-endian, nothing between the samples: signed bytes at scale 8, signed 16-bit numbers at any other. Every
      run draws from keys of its own: no two runs agree.

      EXAMPLES
        tacet privacy sample --scale 8 --count 1000000 > noise.i8
        tacet privacy sample --scale 500 --count 1000 --precision wide | od -An -td2
      """)

  @Option(help: ArgumentHelp("8, 16, 32, 64, or any whole number from 65 to 2048.", valueName: "s"))
  var scale: Int

  @Option(help: ArgumentHelp("How many samples: 1 to 10^12.", valueName: "n"))
  var count: Int

  @Option(help: "Random bits a sample: narrow (or 64), wide (or 128).")
  var precision: PrecisionArgument = .narrow

  func validate() throws {
    guard (1...1_000_000_000_000).contains(count) else {
      throw ValidationError("--count is \(count), allowed: 1 to 1000000000000")
    }
    do {
      _ = try NoiseScale(nominal: scale)
    } catch {
      throw ValidationError("--scale: \(error)")
    }
  }

  func run() throws {
    let sampler = try GaussianSampler(scale: scale, precision: precision.precision)
    var output = BinaryOutput()
    // A key of its own for each chunk, which is as much as is held in memory.
    let chunk = 1 << 18
    var left = count
    while left > 0 && !output.isClosed {
      let samples = try drawn(min(chunk, left), from: sampler)
      // At scale 8 samples are at most 104 in magnitude, at others they fit 16 bits (`GaussianSampler.largestMagnitude`).
      if scale == 8 {
        try output.write(samples.map { Int8(truncatingIfNeeded: $0) })
      } else {
        try output.write(samples.map(\.littleEndian))
      }
      left -= samples.count
    }
  }

  private func drawn(_ count: Int, from sampler: GaussianSampler) throws -> [Int16] {
    do {
      return try sampler.sample(count: count)
    } catch {
      throw LedgerFailure(exitStatus: .unavailable, description: error.description)
    }
  }
}

/// A precision as users write it, by name or by bits.
enum PrecisionArgument: String, CaseIterable, ExpressibleByArgument {
  case narrow
  case wide
  case narrowBits = "64"
  case wideBits = "128"

  var precision: NoisePrecision {
    switch self {
    case .narrow, .narrowBits: .narrow
    case .wide, .wideBits: .wide
    }
  }
}
