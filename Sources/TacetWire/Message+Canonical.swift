internal import SwiftProtobuf

// `Proto/inference.proto` says what a message looks like, and SwiftProtobuf is the judge of it. Going through the generated type
// takes more time than all the rest of an exchange: what follows writes the same bytes, and reads the one form that it writes. Tests
// hold both to SwiftProtobuf, byte by byte; what is in any other form is left to SwiftProtobuf.

extension Message {
  /// Writes the fields as canonical protobuf: in order, none that has its default, shortest varints.
  /// - Parameter fill: nil leaves both fields out.
  func write(to sink: inout some ProtobufSink, filledBy fill: Fill?) throws(WireError) {
    writeTensor(to: &sink)
    sink.field(5, varint: UInt64(Tacet_V1_Kind(kind).rawValue))
    if status != .unspecified { sink.field(6, varint: UInt64(Tacet_V1_Status(status).rawValue)) }
    if id != 0 { sink.field(7, fixed64: id) }
    if step != 0 { sink.field(8, fixed64: step) }
    if !site.isEmpty { sink.field(9, text: site) }
    if !detail.isEmpty { sink.field(10, text: detail) }
    if case .checkpoint(let part) = payload { try Self.write(part, to: &sink) }
    if !model.isEmpty { sink.field(12, text: model) }
    if part.index > 0 { sink.field(13, varint: UInt64(part.index)) }
    if let fill {
      sink.field(14, varint: UInt64(fill.filler))
      if fill.padding > 0 {
        sink.field(15, count: fill.padding)
        sink.appendZeros(fill.padding)
      }
    }
    if part.count > 1 { sink.field(16, varint: UInt64(part.count)) }
    if !inputs.isEmpty { sink.field(17, words: inputs) }
  }

  private func writeTensor(to sink: inout some ProtobufSink) {
    switch payload {
    case .int16(let values, let shape, let scale):
      sink.field(1, words: values)
      Self.write(shape: shape, dtype: "int16", to: &sink)
      sink.field(4, fixed32: scale.bitPattern)
    case .float32(let values, let shape):
      values.withUnsafeBytes { values in
        if 1.littleEndian == 1 { sink.field(1, bytes: values) }
      }
      if 1.littleEndian != 1 { sink.field(1, words: values.map(\.bitPattern)) }
      Self.write(shape: shape, dtype: "float32", to: &sink)
    case .uint8(let bytes, let shape):
      bytes.withUnsafeBytes { sink.field(1, bytes: $0) }
      Self.write(shape: shape, dtype: "uint8", to: &sink)
    case .checkpoint, .none:
      break
    }
  }

  private static func write(shape: [Int], dtype: String, to sink: inout some ProtobufSink) {
    var counter = ByteCounter()
    for axis in shape { counter.varint(UInt64(axis)) }
    sink.field(2, count: counter.count)
    for axis in shape { sink.varint(UInt64(axis)) }
    sink.field(3, text: dtype)
  }

  /// A checkpoint is seldom sent: the generated type writes it.
  private static func write(_ part: CheckpointPart, to sink: inout some ProtobufSink) throws(WireError) {
    do {
      let bytes: [UInt8] = try Tacet_V1_CheckpointPart(part).serializedBytes()
      bytes.withUnsafeBytes { sink.field(11, bytes: $0) }
    } catch {
      throw .notATensor
    }
  }
}

extension Message {
  /// The message in a frame that has the form which ``write(to:filledBy:)`` gives it, and is right in every field.
  /// - Throws: ``NotCanonical``, which says nothing of the frame: it may be a message in another form.
  init(canonical frame: [UInt8]) throws(NotCanonical) {
    var reader = CanonicalReader(frame)
    let payload = try Payload(canonical: &reader)
    self.init(kind: try Self.kind(&reader), payload: payload)
    status = try Self.status(&reader)
    if reader.take(7, .fixed64) { id = try reader.fixed(UInt64.self) }
    if reader.take(8, .fixed64) { step = try reader.fixed(UInt64.self) }
    if reader.take(9, .counted) { site = try reader.text() }
    if reader.take(10, .counted) { detail = try reader.text() }
    if reader.take(12, .counted) { model = try reader.text() }
    if reader.take(13, .varint) { part.index = Int(try reader.varint(upTo: UInt64(Part.mostParts))) }
    if reader.take(14, .varint) { _ = try reader.varint(upTo: UInt64(UInt32.max)) }
    if reader.take(15, .counted) { _ = try reader.counted() }
    if reader.take(16, .varint) { part.count = Int(try reader.varint(upTo: UInt64(Part.mostParts))) }
    if reader.take(17, .counted) { inputs = try reader.counted().words(UInt8.self) }
    guard reader.isAtEnd, part.count > 1 || part == .whole else { throw NotCanonical() }
    do {
      try check()
    } catch {
      throw NotCanonical()
    }
  }

  private static func kind(_ reader: inout CanonicalReader) throws(NotCanonical) -> Kind {
    guard reader.take(5, .varint) else { throw NotCanonical() }
    let kind = Tacet_V1_Kind(rawValue: Int(try reader.varint(upTo: 127))).flatMap(Kind.init)
    guard let kind else { throw NotCanonical() }
    return kind
  }

  private static func status(_ reader: inout CanonicalReader) throws(NotCanonical) -> Status {
    guard reader.take(6, .varint) else { return .unspecified }
    let status = Tacet_V1_Status(rawValue: Int(try reader.varint(upTo: 127))).flatMap(Status.init)
    guard let status else { throw NotCanonical() }
    return status
  }
}

extension Payload {
  /// A tensor, or nothing; a checkpoint is left to the generated type.
  fileprivate init(canonical reader: inout CanonicalReader) throws(NotCanonical) {
    guard reader.take(1, .counted) else {
      self = .none
      return
    }
    let data = try reader.counted()
    guard reader.take(2, .counted) else { throw NotCanonical() }
    var axes = try reader.counted()
    var shape: [Int] = []
    while !axes.isAtEnd {
      guard shape.count < Self.maximumRank else { throw NotCanonical() }
      shape.append(Int(try axes.varint(upTo: UInt64(Int64.max))))
    }
    guard reader.take(3, .counted) else { throw NotCanonical() }
    switch try reader.text() {
    case "int16":
      guard reader.take(4, .fixed32) else { throw NotCanonical() }
      let scale = Float(bitPattern: try reader.fixed(UInt32.self))
      self = .int16(try data.words(Int16.self), shape: shape, scale: scale)
    case "float32":
      self = .float32(try data.words(UInt32.self).map(Float.init(bitPattern:)), shape: shape)
    case "uint8":
      self = .uint8(try data.words(UInt8.self), shape: shape)
    default:
      throw NotCanonical()
    }
  }
}
