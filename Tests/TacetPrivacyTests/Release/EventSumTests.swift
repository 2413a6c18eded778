import Foundation
import SeededGenerator
import Synchronization
import Testing

@testable import TacetPrivacy

@Suite struct EventSumTests {
  private let parameters = try? EventSum.Parameters(clip: 16, reach: 9, scale: 288)

  @Test func itIsChargedByTheDiameterOfWhatAnEventReaches() throws {
    let parameters = try #require(parameters)
    #expect(parameters.window == (try StreamParameters(sensitivity: 288, scale: 288, steps: 1)))
    #expect(parameters.mostWindows == 2047)
    // Of an individual with several events, all of them; for one event alone it is as much as before.
    let often = try EventSum.Parameters(clip: 16, reach: 9, passages: 3, scale: 288)
    #expect(often.window.sensitivity == 864 && often.eventCost == parameters.window.cost)
    for (clip, reach) in [(0, 1), (1, 0), (16_383, 2), (Int.max, 2)] {
      #expect(throws: PrivacyParameterError.self) {
        try EventSum.Parameters(clip: clip, reach: reach, scale: 64)
      }
    }
  }

  /// Whatever happens in m windows that follow each other moves the sum by at most 2·c·m: the claim, on hostile vectors, without noise.
  @Test func whateverHappensInAnEventMovesTheSumByNoMoreThanItIsChargedFor() throws {
    let parameters = try #require(parameters)
    var generator = SeededGenerator(seed: 3)
    for trial in 0..<200 {
      let event = Int.random(in: 0..<40, using: &generator)
      let usual = (0..<50).map { _ in hostile(trial, &generator) }
      let other = usual.enumerated().map { (event..<(event + 9)).contains($0) ? hostile(trial, &generator) : $1 }
      let opposite = usual.enumerated().map { (event..<(event + 9)).contains($0) ? $1.map { -$0 } : $1 }
      for neighbour in [other, opposite] {
        let (one, two) = (try sum(usual), try sum(neighbour))
        let square = zip(one, two).reduce(0) { $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)) }
        #expect(square <= 4 * 144 * 144)
      }
    }
    // The bound is met: windows that say the most, and the opposite.
    let most = [[Float]](repeating: [1, 0, 0, 0, 0, 0], count: 9)
    let (one, two) = (try sum(most), try sum(most.map { $0.map { -$0 } }))
    #expect(Int(one[0]) - Int(two[0]) == 2 * 144)
  }

  /// What was added up and is given up, unsaid, is secret all the same.
  @Test func whatIsGivenUpIsZeroed() throws {
    let memory = Mutex<[Int16]?>(nil)
    do {
      let numbers = SecretNumbers(count: 5) { values in
        memory.withLock { $0 = Array(values) }
        values.deallocate()
      }
      for index in numbers.values.indices { numbers.values[index] = 7 }
      #expect(Array(numbers.values) == [7, 7, 7, 7, 7])
    }
    #expect(memory.withLock { $0 } == [0, 0, 0, 0, 0])
  }

  @Test func aWindowCountsOnceAndInItsOrder() throws {
    let parameters = try #require(parameters)
    var sum = try EventSum(parameters: parameters, dimension: 2)
    let added = [(3, true), (3, false), (2, false), (4, true)].map { window, expected in
      (sum.add([1, 0], window: window), expected)
    }
    for (was, expected) in added { #expect(was == expected) }
    let other = sum.add([1, 0, 0], window: 5)
    #expect(!other)
    #expect(sum.windows == 2)
    #expect(try noiseless(sum) == [32, 0])
  }

  @Test func moreWindowsThanSixteenBitsHoldAreNotAdded() throws {
    var sum = try EventSum(parameters: EventSum.Parameters(clip: 16_383, reach: 1, scale: 64), dimension: 1)
    let added = (0..<4).map { sum.add([1], window: $0) }
    #expect(added == [true, true, false, false])
    #expect(try noiseless(sum) == [32_766])
  }

  @Test func aReleaseOfItIsPaidForByItsOwnParametersAndDimension() throws {
    let parameters = try #require(parameters)
    for (clip, scale, dimension, fits) in [
      (16, 288, 6, true), (15, 288, 6, false), (16, 64, 6, false), (16, 288, 5, false),
    ] {
      let reservation = EventReservation(
        device: "camera-1", release: "r", index: 0,
        parameters: try EventSum.Parameters(clip: clip, reach: 9, scale: scale),
        dimension: dimension, precision: .narrow)
      var sum = try EventSum(parameters: parameters, dimension: 6)
      sum.add([1, 0, 0, 0, 0, 0], window: 0)
      let values = try? sum.release(for: reservation)
      #expect(values?.count == (fits ? 6 : nil))
    }
  }

  /// The unit of its charge is `contribution`: it hides what happens in an event, and not all that a device ever saw.
  @Test func theLedgerChargesItOnceAsAContribution() async throws {
    let sandbox = LedgerSandbox()
    let ledger = try sandbox.open()
    let parameters = try #require(parameters)
    let budget = try Budget(epsilon: 5, delta: 1e-6, window: nil)
    try await ledger.setBudget(budget, for: "camera-1")
    var outcomes: [String] = []
    for name in ["1", "1", "2"] {
      switch try await ledger.charge(device: "camera-1", event: name, parameters: parameters, dimension: 6) {
      case .granted(let reservation): outcomes.append("granted \(reservation.index)")
      case .alreadyCharged: outcomes.append("known")
      case .denied: outcomes.append("denied")
      }
    }
    // μ = 1 has ε = 4.89, twice as much has 7.3.
    #expect(outcomes.count == 3 && outcomes[0].hasPrefix("granted") && outcomes[1...] == ["known", "denied"])
    let device = try await ledger.summary(for: "camera-1")
    #expect(device?.unit == .contribution)
  }

  /// The noise of a sum has the variance that was charged: 20,000 samples; a false alarm has a probability below 1e-9 (6.2 σ of the
  /// estimate, whose relative deviation is √(2/n) = 0.01).
  @Test func itsNoiseHasTheScaleThatWasCharged() throws {
    let parameters = try #require(parameters)
    let values = try EventSum(parameters: parameters, dimension: 20_000).uncharged()
    let variance = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)
    let expected = Double(parameters.window.noiseScale.variance) + 1.0 / 12
    #expect(abs(variance / expected - 1) < 0.062)
  }

  private func hostile(_ trial: Int, _ generator: inout SeededGenerator) -> [Float] {
    (0..<6).map { _ in
      switch trial % 4 {
      case 0: Float.random(in: -1...1, using: &generator)
      case 1: Float(bitPattern: UInt32.random(in: .min ... .max, using: &generator))
      case 2: Float.random(in: -1...1, using: &generator) * 1e30
      default: [0.5, -0.5, 1, .nan, .infinity, 1.5 / 16][Int.random(in: 0..<6, using: &generator)]
      }
    }
  }

  private func sum(_ vectors: [[Float]]) throws -> [Int16] {
    var sum = try EventSum(parameters: #require(parameters), dimension: 6)
    for (window, vector) in vectors.enumerated() { sum.add(vector, window: window) }
    return sum.exact
  }

  private func noiseless(_ sum: consuming EventSum) throws -> [Int16] { sum.exact }
}
