public import Foundation

/// An array of unsigned 16-bit integers as NumPy's `.npy` files hold it (format versions 1 and 2, little-endian, C order).
///
/// Format: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
public struct NumpyArray: Hashable, Sendable {
  /// The largest file that is read, in bytes.
  public static let maximumBytes = 1 << 30

  /// The length of each axis.
  public let shape: [Int]
  /// The values, row-major.
  public let values: [UInt16]

  /// - Throws: ``InferenceError`` when the values are not as many as the shape says.
  public init(shape: [Int], values: [UInt16]) throws(InferenceError) {
    guard Self.count(shape) == values.count else {
      throw InferenceError(.badInput, "an array of shape \(shape) cannot have \(values.count) values")
    }
    self.shape = shape
    self.values = values
  }

  /// The array without one axis: what lies at `index` of it.
  /// - Throws: ``InferenceError`` when there is no such place.
  public func slice(axis: Int, index: Int) throws(InferenceError) -> NumpyArray {
    guard shape.indices.contains(axis), (0..<shape[axis]).contains(index) else {
      throw InferenceError(.badInput, "an array of shape \(shape) has no place \(index) on axis \(axis)")
    }
    let inner = shape[(axis + 1)...].reduce(1, *)
    let outer = shape[..<axis].reduce(1, *)
    var kept: [UInt16] = []
    kept.reserveCapacity(outer * inner)
    for block in 0..<outer {
      let start = (block * shape[axis] + index) * inner
      kept += values[start..<(start + inner)]
    }
    return try NumpyArray(shape: Array(shape[..<axis] + shape[(axis + 1)...]), values: kept)
  }

  /// The product of the axes; nil when one is negative or the product is out of reach.
  private static func count(_ shape: [Int]) -> Int? {
    shape.reduce(1 as Int?) { product, axis in
      guard let product, axis >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: axis)
      return overflow || next > maximumBytes ? nil : next
    }
  }
}

extension NumpyArray {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Reads a file.
  /// - Throws: ``InferenceError`` when it is missing, too large, cut off, or of another kind.
  public static func load(from file: URL) throws(InferenceError) -> NumpyArray {
    try NumpyArray(bytes: read(file), name: file.path)
  }

  /// A file's bytes.
  /// - Throws: ``InferenceError`` when it is missing or too large.
  static func read(_ file: URL) throws(InferenceError) -> [UInt8] {
    guard let size = (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? Int else {
      throw InferenceError(.missing, "\(file.path) is missing")
    }
    guard size <= maximumBytes else {
      throw InferenceError(.badInput, "\(file.path): is longer than \(maximumBytes) bytes")
    }
    guard let data = FileManager.default.contents(atPath: file.path) else {
      throw InferenceError(.missing, "\(file.path) cannot be read")
    }
    return [UInt8](data)
  }

  /// Reads a file's bytes; errors call it by `name`.
  /// - Throws: ``InferenceError`` when they are cut off, or of another kind.
  init(bytes: [UInt8], name: String) throws(InferenceError) {
    func malformed(_ problem: String) -> InferenceError { InferenceError(.badInput, "\(name): \(problem)") }
    guard bytes.count >= 12, Array(bytes.prefix(6)) == Self.magic, bytes[6] == 1 || bytes[6] == 2 else {
      throw malformed("is not a .npy file of version 1 or 2")
    }
    let isFirst = bytes[6] == 1
    let length =
      isFirst ? Int(bytes[8]) | Int(bytes[9]) << 8 : (0..<4).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
    let start = (isFirst ? 10 : 12) + length
    guard start <= bytes.count else { throw malformed("is cut off in its header") }
    let header = String(decoding: bytes[(start - length)..<start], as: UTF8.self)
    guard header.contains("'descr': '<u2'"), header.contains("'fortran_order': False"),
      let shape = Self.shape(in: header), let count = Self.count(shape)
    else { throw malformed("must hold little-endian uint16 in C order") }
    guard bytes.count == start + 2 * count else {
      throw malformed("has \(bytes.count - start) bytes of data, its shape \(shape) needs \(2 * count)")
    }
    let values = (0..<count).map { UInt16(bytes[start + 2 * $0]) | UInt16(bytes[start + 2 * $0 + 1]) << 8 }
    try self.init(shape: shape, values: values)
  }

  private static func shape(in header: String) -> [Int]? {
    guard let match = header.firstMatch(of: /'shape': \(([0-9, ]*)\)/) else { return nil }
    let words = match.1.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let axes = words.compactMap { Int($0) }
    return axes.count == words.count ? axes : nil
  }

  /// Writes a file of version 1, whole or not at all.
  /// - Throws: ``InferenceError``.
  public func write(to file: URL) throws(InferenceError) {
    let axes = shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '<u2', 'fortran_order': False, 'shape': (\(axes)), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var data = Data(Self.magic + [1, 0, UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)])
    data.append(contentsOf: header.utf8)
    data.append(contentsOf: values.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    do {
      try data.write(to: file, options: .atomic)
    } catch {
      throw InferenceError(.inputOutput, "\(file.path) cannot be written")
    }
  }
}
