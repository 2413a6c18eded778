import Foundation
import TacetPrivacy

/// Charges a stream of JSON Lines and answers each line once it is durable.
struct ChargeStream: ~Copyable {
  private struct Line: Decodable {
    let release: String
    let radius: Int?
    let scale: Int?
    let dimension: Int?

    /// Reads the line that nearly all lines are, {"release":"ID"} with no escapes; nil for any other.
    init?(plain line: [UInt8]) {
      let (start, end) = (Array("{\"release\":\"".utf8), Array("\"}".utf8))
      guard line.count > start.count + end.count, line.starts(with: start), line.suffix(end.count).elementsEqual(end)
      else { return nil }
      let name = line[start.count..<(line.count - end.count)]
      guard name.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }) else { return nil }
      release = String(decoding: name, as: UTF8.self)
      (radius, scale, dimension) = (nil, nil, nil)
    }
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
    guard let line = Line(plain: line) ?? (try? JSONDecoder().decode(Line.self, from: Data(line))) else {
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
    let output = receipts.map { ReceiptReport($0).line }.joined()
    try FileHandle.standardOutput.write(contentsOf: Data(output.utf8))
  }
}
