import Foundation

/// The header of a `.npy` file, formats 1 and 2 (NumPy Enhancement Proposal 1).
struct NumpyHeader: Hashable {
  let type: String
  let isFortranOrder: Bool
  let shape: [Int]
  /// Where the elements begin.
  let dataOffset: Int

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let mostText = 1 << 16
  private static let mostAxes = 8

  /// Reads the header; nil where it is none.
  init?(_ bytes: Data) {
    let start = Array(bytes.prefix(12))
    guard start.count >= 10, start.starts(with: Self.magic) else { return nil }
    let width: Int
    switch (start[6], start[7]) {
    case (1, 0): width = 2
    case (2, 0): width = 4
    default: return nil
    }
    guard start.count >= 8 + width else { return nil }
    let length = start[8..<8 + width].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= Self.mostText, bytes.count >= 8 + width + length else { return nil }
    let text = bytes.dropFirst(8 + width).prefix(length)
    guard text.allSatisfy({ $0 < 0x80 }) else { return nil }
    self.init(text: String(decoding: text, as: UTF8.self), dataOffset: 8 + width + length)
  }

  private init?(text: String, dataOffset: Int) {
    let pattern =
      /\{\s*'descr'\s*:\s*'([^']*)'\s*,\s*'fortran_order'\s*:\s*(True|False)\s*,\s*'shape'\s*:\s*\(([0-9, ]*)\)\s*,?\s*\}\s*/
    guard let match = text.wholeMatch(of: pattern) else { return nil }
    var axes = match.3.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    if axes.last == "" { axes.removeLast() }
    let shape = axes.compactMap { Int($0) }
    guard shape.count == axes.count, shape.count <= Self.mostAxes else { return nil }
    type = String(match.1)
    isFortranOrder = match.2 == "True"
    self.shape = shape
    self.dataOffset = dataOffset
  }

  /// The bytes of a header of format 1, padded so that the elements begin at a multiple of 64.
  static func bytes(type: String, shape: [Int]) -> Data {
    let axes = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(axes)), }"
    // The text of at most 8 axes of at most 20 characters is far below the 65,535 that two bytes can say.
    text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
    let length = text.utf8.count
    return Data(magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]) + Data(text.utf8)
  }
}
