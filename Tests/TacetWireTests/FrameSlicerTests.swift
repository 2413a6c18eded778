import SeededGenerator
import TacetWire
import Testing

@Suite struct FrameSlicerTests {
  @Test func anyCutGivesTheSameFrames() {
    let seed = UInt64.random(in: .min ... .max)
    print("frame slicer: seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let stream = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for size in [1, 2, 7, 100, 999, 1000, 1001] {
      var slicer = FrameSlicer(frameBytes: size)
      var frames: [[UInt8]] = []
      var rest = stream[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...150, using: &random))
        rest = rest[piece.endIndex...]
        frames += slicer.append(piece)
      }
      #expect(frames.allSatisfy { $0.count == size })
      #expect(frames.flatMap { $0 } == Array(stream.prefix(1000 / size * size)), "seed \(seed)")
      #expect(slicer.isWithinFrame == (1000 % size != 0))
    }
  }

  @Test func nothingInNothingOut() {
    var slicer = FrameSlicer(frameBytes: 10)
    #expect(slicer.append([]).isEmpty)
    #expect(!slicer.isWithinFrame)
  }
}
