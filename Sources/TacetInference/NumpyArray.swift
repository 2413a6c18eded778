public import Foundation

/// An array of a `.npy` file: formats 1 and 2, little-endian, C order.
public struct NumpyArray<Element: NumpyElement>: Sendable {
  /// The length of each axis.
  public let shape: [Int]
  /// The elements, last axis fastest.
  public let values: [Element]

  /// The largest file that is read, in bytes.
  public static var maximumBytes: Int { 256 << 20 }

  /// - Throws: ``InferenceError`` of kind malformed when the number of values is not that of the shape.
  public init(shape: [Int], values: [Element]) throws(InferenceError) {
    guard shape.count <= 8, FloatTensor.count(of: shape) == values.count else {
      throw InferenceError(.malformed, "an array of shape \(shape) cannot have \(values.count) values")
    }
    self.shape = shape
    self.values = values
  }

  /// Reads a file; it must hold exactly what its header says.
  /// - Throws: ``InferenceError`` that names the file.
  public static func load(from file: URL) throws(InferenceError) -> NumpyArray {
    let bytes = try InputFile.read(file, atMost: maximumBytes)
    guard let header = NumpyHeader(bytes) else {
      throw InferenceError(.malformed, "\(file.path) is not a NumPy file of format 1 or 2 (.npy)")
    }
    guard header.type == Element.numpyType, !header.isFortranOrder else {
      throw InferenceError(
        .malformed, "\(file.path) must hold \(Element.numpyType) in C order, as numpy.save writes them")
    }
    let body = bytes.dropFirst(header.dataOffset)
    // A count whose bytes would overflow is more than any file has.
    guard let count = FloatTensor.count(of: header.shape + [MemoryLayout<Element>.size]), count == body.count else {
      throw InferenceError(
        .malformed, "\(file.path) has \(body.count) bytes of elements, too few or too many for shape \(header.shape)")
    }
    return try NumpyArray(shape: header.shape, values: elements(body))
  }

  /// Writes a file of format 1, in one piece or not at all.
  /// - Throws: ``InferenceError`` of kind inputOutput that names the file.
  public func write(to file: URL) throws(InferenceError) {
    var bytes = NumpyHeader.bytes(type: Element.numpyType, shape: shape)
    values.map(\.swappedFromLittleEndian).withUnsafeBytes { bytes.append(contentsOf: $0) }
    do {
      try bytes.write(to: file, options: .atomic)
    } catch {
      throw InferenceError(.inputOutput, "\(file.path) cannot be written: \(error.localizedDescription)")
    }
  }

  /// The array at one index of an axis; it has one axis less.
  /// - Throws: ``InferenceError`` of kind malformed when there is no such axis or index.
  public func slice(axis: Int, index: Int) throws(InferenceError) -> NumpyArray {
    guard shape.indices.contains(axis), (0..<shape[axis]).contains(index) else {
      throw InferenceError(.malformed, "an array of shape \(shape) has no index \(index) on axis \(axis)")
    }
    let inner = shape[(axis + 1)...].reduce(1, *)
    let outer = shape[..<axis].reduce(1, *)
    var slice: [Element] = []
    slice.reserveCapacity(outer * inner)
    for block in 0..<outer {
      let start = (block * shape[axis] + index) * inner
      slice += values[start..<start + inner]
    }
    var rest = shape
    rest.remove(at: axis)
    return try NumpyArray(shape: rest, values: slice)
  }

  /// The numbers whose little-endian bytes these are; a whole number of them.
  private static func elements(_ bytes: Data) -> [Element] {
    let count = bytes.count / MemoryLayout<Element>.size
    let raw = [Element](unsafeUninitializedCapacity: count) { buffer, initialised in
      // Every bit pattern is a number of these types, and the buffer has room for exactly these bytes.
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
      initialised = count
    }
    return raw.map(\.swappedFromLittleEndian)
  }
}
