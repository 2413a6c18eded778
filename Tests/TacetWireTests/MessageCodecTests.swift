import SwiftProtobuf
import TacetWire
import Testing

@Suite struct MessageCodecTests {
  private static func release(values: Int, detail: String = "") -> Message {
    Message(
      kind: .release, id: 7, step: 9, site: "site-1", detail: detail,
      payload: values == 0
        ? .none : .int16((0..<values).map { Int16(truncatingIfNeeded: $0 &* 77) }, shape: [values], scale: 0.125))
  }

  /// Sizes around the steps of the varint that says how long `padding` is: 128 and 16,384 bytes of padding, at every
  /// content length.
  @Test(arguments: [512, 640, 4096, 16_383, 16_384, 16_500, 40_000])
  func everyMessageHasTheSameSize(bytes: Int) throws {
    let codec = try MessageCodec(bytes: bytes)
    let most = (bytes - 40) / 2
    let counts = Set(stride(from: 0, through: most, by: max(1, most / 60))).union(max(0, most - 90)...most)
    for values in counts {
      let long = String(repeating: "x", count: values % 2)
      let message = Self.release(values: values, detail: long)
      guard let frame = try? codec.encode(message) else {
        #expect(values > most - 10, "\(values) values do not fit \(bytes)")
        continue
      }
      #expect(frame.count == bytes)
      #expect(try codec.decode(frame) == message)
    }
  }

  /// Every gap from 2 to 700 and around each step, by varying the size of the text by one byte.
  @Test func everyGapIsFilled() throws {
    for bytes in [512, 513, 514, 515, 16_384 + 200] {
      let codec = try MessageCodec(bytes: bytes)
      for detail in 0...256 {
        let message = Message(kind: .cover, detail: String(repeating: "d", count: detail))
        let frame = try codec.encode(message)
        #expect(frame.count == bytes, "detail of \(detail) bytes in \(bytes)")
      }
    }
  }

  @Test func contentThatFitsToTheLastByteIsSent() throws {
    let codec = try MessageCodec(bytes: 512)
    var largest = 0
    for count in 1...300 where (try? codec.encode(Self.release(values: count))) != nil { largest = count }
    #expect(try codec.encode(Self.release(values: largest)).count == 512)
    // One byte of text at a time up to the very end: no size in between may be out of reach.
    var fitted = 0
    for extra in 1...4 {
      let message = Self.release(values: largest, detail: String(repeating: "x", count: extra))
      if let frame = try? codec.encode(message) {
        #expect(frame.count == 512)
        fitted += 1
      } else {
        #expect(throws: WireError.self) { try codec.encode(message) }
      }
    }
    #expect(fitted < 4)
  }

  @Test func theGeneratedTypeSerialisesToTheSameBytes() throws {
    let codec = try MessageCodec(bytes: 4096)
    let message = Self.release(values: 1000)
    let bytes: [UInt8] = try codec.tensor(message).serializedBytes()
    #expect(bytes == (try codec.encode(message)))
  }

  @Test func floatsComeBackBitIdentical() throws {
    let codec = try MessageCodec(bytes: 1024)
    let values: [Float] = [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1.5, -3.25]
    var message = Message(kind: .query, id: .max, step: .max, site: "ü", payload: .float32(values, shape: [2, 3]))
    message = message.answer(.ok, payload: message.payload)
    #expect(try codec.decode(codec.encode(message)) == message)
  }

  @Test(arguments: [0, 100, 511, (1 << 20) + 1, -1, Int.max])
  func impossibleSizesAreRefused(bytes: Int) {
    #expect(throws: WireError.sizeOutOfRange(bytes, possible: 512...(1 << 20))) { try MessageCodec(bytes: bytes) }
  }

  @Test(arguments: [0, 1, 1023, 1025, 4096])
  func otherSizesAreRefused(count: Int) throws {
    let codec = try MessageCodec(bytes: 1024)
    #expect(throws: WireError.wrongSize(count, expected: 1024)) {
      try codec.decode([UInt8](repeating: 0, count: count))
    }
  }
}
