import Foundation
import TacetPrivacy

/// Charges a stream of JSON Lines and answers each line once it is durable.
struct ChargeStream: ~Copyable {
  private struct Line: Decodable {
    let release: String
    let radius: Int?
    let scale: Int?
  }

  private var lines: LineReader
  private let name: String
  private let radius: Int?
  private let scale: Int?
  private var lineNumber = 0

  init(lines: consuming LineReader, name: String, radius: Int?, scale: Int?) {
    self.lines = lines
    self.name = name
    self.radius = radius
    self.scale = scale
  }

  /// Charges every line; what comes before a malformed line is charged and answered first.
  /// - Returns: how many were denied.
  mutating func charge(_ device: String, to ledger: PrivacyLedger) async throws -> Int {
    var denied = 0
    while let batch = try lines.next() {
      var releases: [(release: String, parameters: ReleaseParameters)] = []
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

  private func parse(_ line: [UInt8]) throws(LedgerFailure) -> (release: String, parameters: ReleaseParameters) {
    guard let line = try? JSONDecoder().decode(Line.self, from: Data(line)) else {
      throw .malformed("\(name), line \(lineNumber): expected {\"release\":ID} with whole numbers radius and scale")
    }
    guard let radius = line.radius ?? radius, let scale = line.scale ?? scale else {
      throw .malformed("\(name), line \(lineNumber): no radius or scale; give them on the line or as flags")
    }
    do {
      try PrivacyLedger.checkRelease(line.release)
      return (line.release, try ReleaseParameters(radius: radius, scale: scale))
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
