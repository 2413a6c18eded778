import Foundation
import Testing

@testable import TacetInference

@Suite struct NumpyMatrixTests {
  private let folder = TemporaryFolder()

  private func file(_ type: String, _ shape: String, _ body: [UInt8]) throws -> URL {
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }\n"
    let bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
    return try folder.write(Data(bytes + Array(header.utf8) + body), "x.npy")
  }

  @Test func rowsLieOneAfterTheOther() throws {
    let matrix = try NumpyMatrix.open(try file("<i2", "(2, 3)", [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]))
    #expect(matrix.rows == 2 && matrix.columns == 3 && matrix.element == .int16)
    #expect(matrix.withBytes(row: 1, places: 1..<3) { Array($0) } == [5, 0, 6, 0])
    #expect(matrix.withBytes(row: 2, places: 0..<1) { _ in 0 } == nil)
    #expect(matrix.withBytes(row: 0, places: 2..<4) { _ in 0 } == nil)
    let vector = try NumpyMatrix.open(try file("|i1", "(3,)", [1, 2, 255]))
    #expect(vector.rows == 1 && vector.columns == 3)
  }

  @Test func readsBackWhatItWrites() throws {
    let url = folder.url.appendingPathComponent("w.npy")
    try NumpyMatrix.write([1.5, -2, 3e38], to: url)
    let back = try NumpyMatrix.open(url)
    let numbers = try #require(
      back.withBytes(row: 0, places: 0..<3) { bytes in
        (0..<3).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
      })
    #expect(numbers == [1.5, -2, 3e38])
  }

  @Test func everyTruncationIsAnError() throws {
    let whole = try Data(contentsOf: try file("<f4", "(1, 2)", [0, 0, 0, 0, 1, 1, 1, 1]))
    for length in 0..<whole.count {
      let cut = try folder.write(whole.prefix(length), "t.npy")
      #expect(throws: InferenceError.self, "\(length) bytes") { try NumpyMatrix.open(cut) }
    }
  }

  /// Rows without a number cost memory all the same.
  @Test func aShapeOfManyEmptyRowsIsRefused() throws {
    let file = try file("<f4", "(9223372036854775807, 0)", [])
    #expect(throws: InferenceError.self) { try NumpyMatrix.open(file) }
  }
}
