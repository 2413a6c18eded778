import SeededGenerator
import TacetWire
import Testing

/// A tensor of any length travels in messages of one size, in a number of them that does not depend on who sends it or what it says.
@Suite struct TensorPartsTests {
  private static func release(_ parts: TensorParts, _ values: [Int16], site: String, model: String) -> [Message] {
    parts.all.compactMap { part in
      parts.slice(values, part).map {
        Message(
          kind: .release, id: .max, step: .max, site: site, model: model, part: part,
          payload: .int16($0, shape: [$0.count], scale: 0.5))
      }
    }
  }

  @Test(arguments: [512, 777, 1024, 4096, 65_536], [1, 2, 6, 157, 300, 512, 5_000, 40_000])
  func partsMakeTheWhole(bytes: Int, count: Int) throws {
    let codec = try MessageCodec(bytes: bytes)
    let parts = try TensorParts(values: count, of: .int16, codec: codec)
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let values = (0..<count).map { _ in Int16.random(in: .min ... .max, using: &random) }
    let longest = String(repeating: "s", count: 64)
    for name in ["a", longest] {
      let messages = Self.release(parts, values, site: name, model: name == "a" ? "" : longest)
      #expect(messages.count == parts.count)
      var assembly = TensorAssembly<Int16>(parts)
      var wholes: [[Int16]] = []
      // In any order, each twice.
      for message in (messages + messages).shuffled(using: &random) {
        let received = try codec.decode(codec.encode(message))
        guard case .int16(let piece, _, _) = received.payload else { continue }
        if let whole = try assembly.take(piece, as: received.part) { wholes.append(whole) }
      }
      #expect(wholes == [values], "seed \(seed)")
    }
  }

  /// One value more in a part would not fit every site's message.
  @Test(arguments: [512, 1024, 4096, 65_536])
  func partsAreAsLongAsTheyCanBe(bytes: Int) throws {
    let codec = try MessageCodec(bytes: bytes)
    let parts = try TensorParts(values: 50_000, of: .float32, codec: codec)
    let text = String(repeating: "s", count: 64)
    // The lengths of the fields are reckoned with four bytes to spare at most.
    let one = [Float](repeating: .pi, count: parts.valuesPerPart + 2)
    var answer = Message(kind: .query, id: .max, step: .max, site: text, model: text, part: parts.all[parts.count - 1])
      .answer(
        .ok, inputs: [UInt8](repeating: 1, count: Message.inputsLength), payload: .float32(one, shape: [one.count]))
    #expect(throws: WireError.self) { _ = try codec.encode(answer) }
    answer.payload = .float32(Array(one.dropLast(2)), shape: [one.count - 2])
    #expect(try codec.encode(answer).count == bytes)
  }

  /// What model packs of this project come to, for all to see.
  @Test func numbersOfParts() throws {
    let short = try MessageCodec(bytes: 512)
    let usual = try MessageCodec(bytes: 1024)
    #expect(try TensorParts(values: 6, of: .int16, codec: short).count == 1)
    #expect(try TensorParts(values: 16, of: .float32, codec: short).count == 1)
    #expect(try TensorParts(values: 300, of: .int16, codec: short).count == 2)
    #expect(try TensorParts(values: 300, of: .float32, codec: short).count == 5)
    #expect(try TensorParts(values: 300, of: .float32, codec: usual).count == 2)
  }

  @Test func aTensorOfTooManyPartsIsAnError() throws {
    let codec = try MessageCodec(bytes: 512)
    let longest = try TensorParts(values: 70_000, of: .float32, codec: codec)
    #expect(longest.count <= Message.Part.mostParts)
    #expect(throws: WireError.self) { try TensorParts(values: 100_000, of: .float32, codec: codec) }
    #expect(throws: WireError.self) { try TensorParts(values: 0, of: .int16, codec: codec) }
    let error = WireError.tooManyParts(1025, most: 1024)
    #expect("\(error)".contains("message.bytes"))
  }

  @Test func partsThatAreNoneAreRefused() throws {
    let parts = try TensorParts(values: 300, of: .int16, codec: try MessageCodec(bytes: 512))
    let values = [Int16](repeating: 7, count: 300)
    var assembly = TensorAssembly<Int16>(parts)
    let first = try #require(parts.slice(values, parts.all[0]))
    #expect(try assembly.take(first, as: parts.all[0]) == nil)
    for part in [
      Message.Part(index: 0, count: 1), .init(index: 0, count: 3), .init(index: 2, count: 2),
      .init(index: -1, count: 2),
      .init(index: .max, count: .max), .init(index: 0, count: 0),
    ] {
      #expect(throws: TensorAssembly<Int16>.Refusal.otherCount) { try assembly.take(first, as: part) }
      #expect(parts.slice(values, part) == nil)
    }
    for count in [0, 1, first.count - 1, first.count + 1, 100_000] {
      let wrong = [Int16](repeating: 7, count: count)
      #expect(throws: TensorAssembly<Int16>.Refusal.otherLength) { try assembly.take(wrong, as: parts.all[0]) }
      if count != 300 - first.count {
        #expect(throws: TensorAssembly<Int16>.Refusal.otherLength) { try assembly.take(wrong, as: parts.all[1]) }
      }
    }
    // The same part with other values changes nothing of what is there, before the whole and after.
    let other = [Int16](repeating: 8, count: first.count)
    #expect(throws: TensorAssembly<Int16>.Refusal.conflict) { try assembly.take(other, as: parts.all[0]) }
    let second = try #require(parts.slice(values, parts.all[1]))
    #expect(try assembly.take(second, as: parts.all[1]) == values)
    #expect(throws: TensorAssembly<Int16>.Refusal.conflict) { try assembly.take(other, as: parts.all[0]) }
    #expect(try assembly.take(first, as: parts.all[0]) == nil)
    #expect(assembly.isComplete)
  }
}
