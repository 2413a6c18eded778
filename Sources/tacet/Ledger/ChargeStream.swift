import Foundation
import TacetPrivacy

/// Charges a stream of JSON Lines and answers each line once it is durable.
struct ChargeStream: ~Copyable {
  private struct Line: Decodable {
    let release: String
    let radius: Int?
    let scale: Int?
    let dimension: Int?
  }

  /// What a line that does not say otherwise charges.
  struct Defaults {
    let radius: Int?
    let scale: Int?
    let dimension: Int
  }

  private var lines: LineReader
  private let name: String
  private let defaults: Defaults
  private var lineNumber = 0

  init(lines: consuming LineReader, name: String, defaults: Defaults) {
    self.lines = lines
    self.name = name
    self.defaults = defaults
  }

  /// Charges every line; what comes before a malformed line is charged and answered first.
  /// - Returns: how many were denied.
  mutating func charge(_ device: String, to ledger: PrivacyLedger) async throws -> Int {
    var denied = 0
    while let batch = try lines.next() {
      var releases: [(release: String, parameters: ReleaseParameters, dimension: Int)] = []
      var failure: LedgerFailure?
      for line in batch {
        lineNumber += 1
        do throws(LedgerFailure) {
          releases.append(try parse(line))
        } catch {
          failure = error
          break
        }
      }
      if !releases.isEmpty {
        let receipts = try await ledger.record(device: device, releases: releases)
        denied += receipts.count { $0.denial != nil }
        try answer(receipts)
      }
      if let failure { throw failure }
    }
    return denied
  }

  private func parse(
    _ line: [UInt8]
  ) throws(LedgerFailure) -> (release: String, parameters: ReleaseParameters, dimension: Int) {
    guard let line = try? JSONDecoder().decode(Line.self, from: Data(line)) else {
      throw .malformed(
        "\(name), line \(lineNumber): expected {\"release\":ID} with whole numbers radius, scale and dimension")
    }
    guard let radius = line.radius ?? defaults.radius, let scale = line.scale ?? defaults.scale else {
      throw .malformed("\(name), line \(lineNumber): no radius or scale; give them on the line or as flags")
    }
    do {
      let dimension = line.dimension ?? defaults.dimension
      try PrivacyLedger.check(release: line.release, dimension: dimension)
      return (line.release, try ReleaseParameters(radius: radius, scale: scale), dimension)
    } catch {
      throw .malformed("\(name), line \(lineNumber): \(error)")
    }
  }

  private func answer(_ receipts: [ChargeReceipt]) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var output = Data()
    for receipt in receipts {
      output += try encoder.encode(ReceiptReport(receipt))
      output.append(0x0A)
    }
    try FileHandle.standardOutput.write(contentsOf: output)
  }
}
