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
    guard NumpyHeader.count(shape, most: Self.maximumBytes) == values.count else {
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
}

extension NumpyArray {
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
    let header = try NumpyHeader(of: Data(bytes), name: name)
    let (start, shape) = (header.start, header.shape)
    guard header.type == "<u2", !header.isColumnMajor, let count = NumpyHeader.count(shape, most: Self.maximumBytes)
    else { throw malformed("must hold little-endian uint16 in C order") }
    guard bytes.count == start + 2 * count else {
      throw malformed("has \(bytes.count - start) bytes of data, its shape \(shape) needs \(2 * count)")
    }
    let values = (0..<count).map { UInt16(bytes[start + 2 * $0]) | UInt16(bytes[start + 2 * $0 + 1]) << 8 }
    try self.init(shape: shape, values: values)
  }

  /// Writes a file of version 1, whole or not at all.
  /// - Throws: ``InferenceError``.
  public func write(to file: URL) throws(InferenceError) {
    var data = NumpyHeader.bytes(type: "<u2", shape: shape)
    data.append(contentsOf: values.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    do {
      try data.write(to: file, options: .atomic)
    } catch {
      throw InferenceError(.inputOutput, "\(file.path) cannot be written")
    }
  }
}
