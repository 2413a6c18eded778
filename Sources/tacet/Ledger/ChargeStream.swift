import Foundation
import TacetPrivacy

/// Charges a stream of JSON Lines and answers each line once it is durable.
struct ChargeStream: ~Copyable {
  private struct Line: Decodable {
    let release: String
    let fields: ChargeFields

    private enum CodingKeys: CodingKey {
      case release
    }

    init(from decoder: any Decoder) throws {
      release = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .release)
      fields = try ChargeFields(from: decoder)
    }

    /// Reads the line that nearly all lines are, {"release":"ID"} with no escapes; nil for any other.
    init?(plain line: [UInt8]) {
      let (start, end) = (Array("{\"release\":\"".utf8), Array("\"}".utf8))
      guard line.count > start.count + end.count, line.starts(with: start), line.suffix(end.count).elementsEqual(end)
      else { return nil }
      let name = line[start.count..<(line.count - end.count)]
      guard name.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }) else { return nil }
      release = String(decoding: name, as: UTF8.self)
      fields = ChargeFields()
    }
  }

  private var lines: LineReader
  private let name: String
  private let defaults: ChargeFields
  /// What nearly all lines charge.
  private let usual: Mechanism?
  private var lineNumber = 0

  /// - Parameter defaults: what a line that does not say otherwise charges.
  init(lines: consuming LineReader, name: String, defaults: ChargeFields) {
    self.lines = lines
    self.name = name
    self.defaults = defaults
    usual = try? defaults.mechanism()
  }

  /// Charges every line; what comes before a malformed line is charged and answered first.
  /// - Returns: how many were denied.
  mutating func charge(_ device: String, to ledger: PrivacyLedger) async throws -> Int {
    var denied = 0
    while let batch = try lines.next() {
      var charges: [(release: String, mechanism: Mechanism, dimension: Int)] = []
      var failure: LedgerFailure?
      for line in batch {
        lineNumber += 1
        do throws(LedgerFailure) {
          charges.append(try parse(line))
        } catch {
          failure = error
          break
        }
      }
      if !charges.isEmpty {
        let receipts = try await ledger.record(device: device, charges: charges)
        denied += receipts.count { $0.denial != nil }
        try answer(receipts)
      }
      if let failure { throw failure }
    }
    return denied
  }

  private func parse(
    _ line: [UInt8]
  ) throws(LedgerFailure) -> (release: String, mechanism: Mechanism, dimension: Int) {
    let plain = Line(plain: line)
    guard let parsed = plain ?? (try? JSONDecoder().decode(Line.self, from: Data(line))) else {
      throw .malformed(
        "\(name), line \(lineNumber): expected {\"release\":ID}, if need be with a unit (any-input or contribution) and whole "
          + "numbers radius, scale, dimension, sensitivity, passages, bound, steps, and a filter, a list of them")
    }
    do {
      let fields = try parsed.fields.filled(from: defaults)
      let dimension = fields.dimension ?? Releaser.largestDimension
      try PrivacyLedger.check(release: parsed.release, dimension: dimension)
      if plain != nil, let usual { return (parsed.release, usual, dimension) }
      return (parsed.release, try fields.mechanism(), dimension)
    } catch {
      throw .malformed("\(name), line \(lineNumber): \(error)")
    }
  }

  private func answer(_ receipts: [ChargeReceipt]) throws {
    let output = receipts.map { ReceiptReport($0).line }.joined()
    try FileHandle.standardOutput.write(contentsOf: Data(output.utf8))
  }
}
