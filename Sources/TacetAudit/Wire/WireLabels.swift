package import Foundation
package import TacetWire

/// Reads a file of labels.
package enum WireLabels {
  /// The most bytes of a file.
  static let mostBytes = 1 << 30

  /// - Throws: ``CaptureError`` with the line that is none.
  package static func read(_ file: URL) throws(CaptureError) -> [ExchangeLabel] {
    guard let data = try? Data(contentsOf: file, options: .mappedIfSafe), data.count <= mostBytes else {
      throw CaptureError(kind: .missing, description: "\(file.path) cannot be read: is it there, and below 1 GiB?")
    }
    let decoder = JSONDecoder()
    var labels: [ExchangeLabel] = []
    for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
      guard let label = try? decoder.decode(ExchangeLabel.self, from: Data(line)), label.request >= 0, label.reply >= 0
      else {
        throw CaptureError(
          kind: .malformed, description: "\(file.path), line \(number + 1): this is no label of an exchange")
      }
      labels.append(label)
    }
    guard !labels.isEmpty else {
      throw CaptureError(kind: .malformed, description: "\(file.path) has no label of an exchange")
    }
    return labels
  }
}
