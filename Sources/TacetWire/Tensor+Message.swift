internal import SwiftProtobuf

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension Tacet_V1_Tensor {
  /// The message without padding.
  /// - Throws: ``WireError/field(_:problem:)`` when the message is not one that a receiver would accept.
  init(_ message: Message) throws(WireError) {
    try message.check()
    self.init()
    kind = Tacet_V1_Kind(message.kind)
    status = Tacet_V1_Status(message.status)
    id = message.id
    step = message.step
    site = message.site
    detail = message.detail
    model = message.model
    if message.part != .whole {
      part = UInt32(clamping: message.part.index)
      parts = UInt32(clamping: message.part.count)
    }
    inputs = Data(message.inputs)
    switch message.payload {
    case .none: break
    case .int16(let values, let axes, let grid):
      dtype = "int16"
      shape = axes.map(Int64.init)
      scale = grid
      data = Data(littleEndian: values)
    case .float32(let values, let axes):
      dtype = "float32"
      shape = axes.map(Int64.init)
      data = Data(littleEndian: values.map(\.bitPattern))
    case .uint8(let bytes, let axes):
      dtype = "uint8"
      shape = axes.map(Int64.init)
      data = Data(bytes)
    case .checkpoint(let part):
      checkpoint = Tacet_V1_CheckpointPart(part)
    }
  }

  /// Makes the serialised length what the fill was computed for.
  mutating func fill(_ fill: Fill) {
    filler = fill.filler
    padding = Data(count: fill.padding)
  }
}

extension Message {
  /// The message in a tensor, checked in every field.
  /// - Throws: ``WireError``.
  package init(_ tensor: Tacet_V1_Tensor) throws(WireError) {
    guard tensor.unknownFields.data.isEmpty, tensor.checkpoint.unknownFields.data.isEmpty else { throw .notATensor }
    guard let kind = Kind(tensor.kind) else { throw .field("kind", problem: "has no known value") }
    guard let status = Status(tensor.status) else { throw .field("status", problem: "has no known value") }
    // One part is a whole tensor, which is said by nothing: there is one way to say each thing.
    guard tensor.parts != 1 else { throw .field("parts", problem: "is 1: leave it out") }
    self.init(
      kind: kind, id: tensor.id, step: tensor.step, site: tensor.site, detail: tensor.detail, model: tensor.model,
      part: Part(index: Int(tensor.part), count: max(1, Int(tensor.parts))),
      inputs: [UInt8](tensor.inputs), payload: try Payload(tensor))
    self.status = status
    try check()
  }

  /// What holds for every message, sent or received.
  func check() throws(WireError) {
    try Self.check("site", text: site, limit: 64)
    try Self.check("detail", text: detail, limit: 256)
    try Self.check("model", text: model, limit: 64)
    guard (1...Part.mostParts).contains(part.count), (0..<part.count).contains(part.index) else {
      throw .field("part", problem: "is not one of the parts, of which there are 1 to \(Part.mostParts)")
    }
    guard (kind == .answer) == (status != .unspecified) else {
      throw .field("status", problem: "is set in a request or missing in an answer")
    }
    guard inputs.isEmpty || (inputs.count == Self.inputsLength && status == .ok) else {
      throw .field(
        "inputs", problem: "has \(inputs.count) bytes, not \(Self.inputsLength), or is not of an answer that is OK")
    }
    switch payload {
    case .none: break
    case .int16(let values, let shape, let scale):
      try Payload.check(shape: shape, count: values.count)
      guard scale.isFinite, scale > 0 else { throw .field("scale", problem: "is not a finite number above 0") }
    case .float32(let values, let shape):
      try Payload.check(shape: shape, count: values.count)
      guard values.allSatisfy(\.isFinite) else { throw .field("data", problem: "has a value that is not finite") }
    case .uint8(let bytes, let shape):
      try Payload.check(shape: shape, count: bytes.count)
    case .checkpoint(let part):
      try part.check()
    }
  }

  private static func check(_ name: String, text: String, limit: Int) throws(WireError) {
    guard text.utf8.count <= limit else { throw .field(name, problem: "is longer than \(limit) bytes") }
    // Unicode's general category Cc, which is not to change any more.
    let control = text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
    guard !control else { throw .field(name, problem: "has a control character") }
  }
}

extension Payload {
  fileprivate init(_ tensor: Tacet_V1_Tensor) throws(WireError) {
    guard tensor.shape.count <= Payload.maximumRank else {
      throw .field("shape", problem: "has more than \(Payload.maximumRank) axes")
    }
    let shape = tensor.shape.map { Int(clamping: $0) }
    guard ["", "int16", "float32", "uint8"].contains(tensor.dtype) else {
      throw .field("dtype", problem: "is neither int16, float32 nor uint8")
    }
    guard tensor.dtype == "int16" || tensor.scale.bitPattern == 0 else {
      throw .field("scale", problem: "belongs to dtype int16 only")
    }
    switch tensor.dtype {
    case "int16":
      self = .int16(try tensor.data.littleEndian(), shape: shape, scale: tensor.scale)
    case "float32":
      let words: [UInt32] = try tensor.data.littleEndian()
      self = .float32(words.map(Float.init(bitPattern:)), shape: shape)
    case "uint8":
      self = .uint8([UInt8](tensor.data), shape: shape)
    default:
      guard tensor.data.isEmpty, shape.isEmpty else { throw .field("dtype", problem: "is missing") }
      self = tensor.hasCheckpoint ? .checkpoint(try CheckpointPart(tensor.checkpoint)) : .none
    }
    guard tensor.dtype.isEmpty || !tensor.hasCheckpoint else {
      throw .field("checkpoint", problem: "does not go with a tensor")
    }
  }
}

extension Tacet_V1_CheckpointPart {
  init(_ part: CheckpointPart) {
    self.init()
    key = part.key
    note = part.note
    from = part.from
    offset = UInt32(clamping: part.offset)
    count = UInt32(clamping: part.count)
    hashes = part.hashes.map { Data($0) }
  }
}

extension Data {
  fileprivate init<Word: FixedWidthInteger>(littleEndian words: [Word]) {
    self = words.map(\.littleEndian).withUnsafeBytes { Data($0) }
  }

  fileprivate func littleEndian<Word: FixedWidthInteger>() throws(WireError) -> [Word] {
    let width = MemoryLayout<Word>.size
    guard count.isMultiple(of: width) else {
      throw .field("data", problem: "has \(count) bytes, not a multiple of \(width)")
    }
    return withUnsafeBytes { bytes in
      (0..<count / width).map { Word(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * width, as: Word.self)) }
    }
  }
}
