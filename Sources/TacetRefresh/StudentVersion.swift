import Foundation
public import TacetInference
import TacetLog

/// A student as it was published: a leaf of the model log.
public struct StudentVersion: Hashable, Sendable {
  /// Its place in the log.
  public let index: UInt64
  /// When it was published, in seconds since 1970.
  public let time: UInt64
  /// The model's name.
  public let model: String
  /// SHA-256 of the student's network, in lower-case hexadecimal: the head is of no use with another.
  public let student: String
  /// Counts the model's heads, from 1.
  public let revision: UInt64
  /// The head.
  public let head: StudentHead

  package init(index: UInt64, time: UInt64, model: String, student: String, revision: UInt64, head: StudentHead) {
    (self.index, self.time, self.model) = (index, time, model)
    (self.student, self.revision, self.head) = (student, revision, head)
  }

  /// The version of the encoding.
  private static let format: UInt64 = 1

  /// The leaf: canonical JSON, keys sorted.
  ///
  /// `{"coefficients":B,"features":K,"format":1,"horizon":H,"index":I,"model":M,"revision":R,"student":D,"time":T}`, B the base64 of
  /// the coefficients as little-endian 32-bit floating point numbers, row-major [H, K].
  public var canonicalBytes: [UInt8] {
    var writer = CanonicalWriter()
    let bytes = head.coefficients.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
    writer.string("coefficients", Data(bytes).base64EncodedString())
    writer.integer("features", UInt64(head.features))
    writer.integer("format", Self.format)
    writer.integer("horizon", UInt64(head.horizon))
    writer.integer("index", index)
    writer.string("model", model)
    writer.integer("revision", revision)
    writer.string("student", student)
    writer.integer("time", time)
    return writer.finished()
  }

  /// Reads a leaf; nil when it is not exactly the canonical encoding of a version.
  public init?(canonicalBytes bytes: ArraySlice<UInt8>) {
    var reader = CanonicalReader(bytes)
    guard let encoded = reader.string("coefficients"), let features = reader.integer("features"),
      reader.integer("format") == Self.format, let horizon = reader.integer("horizon"),
      let index = reader.integer("index"), let model = reader.string("model"),
      let revision = reader.integer("revision"), let student = reader.string("student"),
      let time = reader.integer("time"), reader.isFinished(), let data = NoteVerifier.canonicalBase64(encoded),
      let horizon = Int(exactly: horizon), let features = Int(exactly: features),
      let head = try? StudentHead(horizon: horizon, features: features, coefficients: Self.floats(data))
    else { return nil }
    self.init(index: index, time: time, model: model, student: student, revision: revision, head: head)
  }

  private static func floats(_ bytes: [UInt8]) -> [Float] {
    guard bytes.count.isMultiple(of: 4) else { return [] }
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: bytes[start..<(start + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }
}
