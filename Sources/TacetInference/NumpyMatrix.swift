public import Foundation

/// Vectors in a `.npy` file, one a row: of 32-bit floating-point numbers, or of whole numbers of 8, 16 or 32 bits. An array of one axis is
/// one vector.
///
/// The file is mapped and read where it lies, so that it may be larger than memory. It must not be cut off meanwhile.
public struct NumpyMatrix: Sendable {
  /// The type of the numbers, as NumPy writes it.
  public enum Element: String, CaseIterable, Sendable {
    case float32 = "<f4"
    case int8 = "|i1"
    case int16 = "<i2"
    case int32 = "<i4"

    /// Of one number.
    public var bytes: Int {
      switch self {
      case .float32, .int32: 4
      case .int16: 2
      case .int8: 1
      }
    }
  }

  /// The numbers' type.
  public let element: Element
  /// How many vectors.
  public let rows: Int
  /// How many numbers each has.
  public let columns: Int
  private let data: Data
  private let start: Int

  /// The most vectors that a file may have.
  public static let mostRows = 1 << 20

  /// Opens a file.
  /// - Throws: ``InferenceError`` when it is missing, cut off, or of another kind.
  public static func open(_ file: URL) throws(InferenceError) -> NumpyMatrix {
    let path = file.path
    guard let type = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType else {
      throw InferenceError(.missing, "\(path) is missing")
    }
    guard type == .typeRegular || type == .typeSymbolicLink else {
      throw InferenceError(.badInput, "\(path) is not a file: vectors are mapped, and cannot come from a pipe")
    }
    guard let data = try? Data(contentsOf: file, options: .alwaysMapped) else {
      throw InferenceError(.missing, "\(path) cannot be read")
    }
    return try NumpyMatrix(data, name: path)
  }

  init(_ data: Data, name: String) throws(InferenceError) {
    func malformed(_ problem: String) -> InferenceError { InferenceError(.badInput, "\(name): \(problem)") }
    let header = try NumpyHeader(of: data, name: name)
    guard let element = Element(rawValue: header.type), !header.isColumnMajor else {
      throw malformed("must hold little-endian float32, int8, int16 or int32 in C order, and holds \(header.kind)")
    }
    guard (1...2).contains(header.shape.count), let count = NumpyHeader.count(header.shape, most: data.count) else {
      throw malformed("must hold n vectors of d numbers, or one vector, and has the shape \(header.shape)")
    }
    let rest = data.count - header.start
    guard rest == count * element.bytes else {
      throw malformed("has \(rest) bytes of data, its shape \(header.shape) needs \(count * element.bytes)")
    }
    rows = header.shape.count == 1 ? 1 : header.shape[0]
    columns = header.shape[header.shape.count - 1]
    guard rows <= Self.mostRows else { throw malformed("has \(rows) vectors, at most \(Self.mostRows) are read") }
    (self.element, self.data, start) = (element, data, header.start)
  }

  /// Calls `body` with the bytes of the numbers at `places` of a vector; they need not be aligned.
  /// - Returns: what it returns, or nil when there is no such vector or place.
  public func withBytes<Result>(
    row: Int, places: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    guard (0..<rows).contains(row), places.lowerBound >= 0, places.upperBound <= columns else { return nil }
    let first = start + (row * columns + places.lowerBound) * element.bytes
    return data.withUnsafeBytes { bytes in
      body(UnsafeRawBufferPointer(rebasing: bytes[first..<(first + places.count * element.bytes)]))
    }
  }

  /// Writes one vector of 32-bit floating-point numbers, whole or not at all.
  /// - Throws: ``InferenceError``.
  public static func write(_ vector: [Float], to file: URL) throws(InferenceError) {
    var data = NumpyHeader.bytes(type: Element.float32.rawValue, shape: [vector.count])
    vector.withUnsafeBytes { data.append(contentsOf: $0) }
    do {
      try data.write(to: file, options: .atomic)
    } catch {
      throw InferenceError(.inputOutput, "\(file.path) cannot be written")
    }
  }
}

extension NumpyHeader {
  /// In words, for an error; no more of a stranger's text than fits a line.
  fileprivate var kind: String { "\(type.prefix(20).debugDescription)\(isColumnMajor ? " in Fortran order" : "")" }
}
