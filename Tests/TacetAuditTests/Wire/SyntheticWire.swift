import Foundation

@testable import TacetAudit

/// Exchanges on four connections, classes in random order, with 100 µs of noise in every time; nothing depends on the class unless
/// `change` makes it.
struct SyntheticWire {
  private var generator: LeakGenerator
  private(set) var exchanges: [WireExchange] = []

  /// - Parameters:
  ///   - perClass: a multiple of 4.
  ///   - change: is given the class, that of the exchange before (nil for the first of a connection), the exchange, and a source
  ///     of standard normal numbers.
  init(
    classes: Int, perClass: Int, seed: UInt64,
    _ change: (Int, Int?, inout WireExchange, () -> Double) -> Void = { _, _, _, _ in }
  ) {
    generator = LeakGenerator(seed: seed)
    for _ in 0..<4 {
      let labels = (0..<classes * perClass / 4).map { $0 % classes }.shuffled(using: &generator)
      var previous: Int?
      for label in labels {
        var exchange = WireExchange(
          label: "class \(label)", request: [4118], reply: [4118], latency: 0.02 + 1e-4 * normal(),
          replyGap: previous.map { _ in 0.05 + 1e-4 * normal() },
          requestGap: previous.map { _ in 0.05 + 1e-4 * normal() })
        var generator = generator
        change(label, previous, &exchange) { Self.normal(&generator) }
        self.generator = generator
        exchanges.append(exchange)
        previous = label
      }
    }
  }

  private mutating func normal() -> Double { Self.normal(&generator) }

  /// By Box and Muller.
  private static func normal(_ generator: inout LeakGenerator) -> Double {
    let radius = (-2 * log(Double.random(in: 0x1p-60..<1, using: &generator))).squareRoot()
    return radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &generator))
  }
}
