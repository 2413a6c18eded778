import Foundation

/// What a `.npy` file says of itself before its numbers (format versions 1 and 2).
///
/// Format: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
struct NumpyHeader {
  /// The type of the elements, as NumPy writes it: `<f4`.
  let type: String
  let isColumnMajor: Bool
  /// The length of each axis, at least 0.
  let shape: [Int]
  /// Where the elements begin.
  let start: Int

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// A header with a few axes has a hundred bytes.
  private static let longest = 1 << 16

  /// The header at the beginning of `bytes`; errors call it by `name`.
  /// - Throws: ``InferenceError`` when it is cut off, or of another kind.
  init(of bytes: Data, name: String) throws(InferenceError) {
    func malformed(_ problem: String) -> InferenceError { InferenceError(.badInput, "\(name): \(problem)") }
    let head = [UInt8](bytes.prefix(12))
    guard head.count == 12, Array(head.prefix(6)) == Self.magic, head[6] == 1 || head[6] == 2 else {
      throw malformed("is not a .npy file of version 1 or 2")
    }
    let isFirst = head[6] == 1
    let length =
      isFirst ? Int(head[8]) | Int(head[9]) << 8 : (0..<4).reduce(0) { $0 | Int(head[8 + $1]) << (8 * $1) }
    let beginning = isFirst ? 10 : 12
    guard length <= Self.longest, beginning + length <= bytes.count else { throw malformed("is cut off in its header") }
    let text = String(decoding: bytes.dropFirst(beginning).prefix(length), as: UTF8.self)
    guard let type = text.firstMatch(of: /'descr': '([^']*)'/)?.1,
      let order = text.firstMatch(of: /'fortran_order': (True|False)/)?.1, let shape = Self.shape(in: text)
    else { throw malformed("has a header that says no type, order or shape") }
    self.type = String(type)
    isColumnMajor = order == "True"
    self.shape = shape
    start = beginning + length
  }

  private static func shape(in header: String) -> [Int]? {
    guard let match = header.firstMatch(of: /'shape': \(([0-9, ]*)\)/) else { return nil }
    let words = match.1.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let axes = words.compactMap { Int($0) }
    return axes.count == words.count ? axes : nil
  }

  /// The product of axes; nil when one is negative or the product is above `most`.
  static func count(_ shape: [Int], most: Int) -> Int? {
    shape.reduce(1 as Int?) { product, axis in
      guard let product, axis >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: axis)
      return overflow || next > most ? nil : next
    }
  }

  /// The bytes before the elements of a row-major array, a multiple of 64 as the format asks.
  static func bytes(type: String, shape: [Int]) -> Data {
    let axes = shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(axes)), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = [UInt8(truncatingIfNeeded: header.utf8.count), UInt8(truncatingIfNeeded: header.utf8.count >> 8)]
    return Data(magic + [1, 0] + length) + Data(header.utf8)
  }
}
