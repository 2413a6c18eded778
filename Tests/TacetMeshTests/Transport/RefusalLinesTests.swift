import Foundation
import Logging
import Testing

@testable import TacetTransport

/// What a flood of refusals leaves in the log of a door: all are counted, some are written down.
@Suite struct RefusalLinesTests {
  @Test func aFloodIsCountedAndNotWrittenDown() {
    let (log, lines) = (RefusalLog(), LogLines())
    let refusals = Refusals(log: log, logger: Logger(label: "test") { _ in lines }, now: { Date() })
    for _ in 0..<5000 { refusals.record(.abandoned, detail: "the peer left", peer: nil) }
    #expect(log.snapshot.count[.abandoned] == 5000)
    #expect((500..<1000).contains(lines.all.count), "\(lines.all.count)")
    #expect(lines.all.prefix(500).allSatisfy { $0["left_out"] == nil })
  }

  @Test func whatWasLeftOutIsSaid() {
    let log = RefusalLog()
    let start = ContinuousClock.now
    let taken = (0..<700).map { _ in log.takeLine(at: start) }
    #expect(taken.prefix(500).allSatisfy { $0 == 0 })
    #expect(taken.dropFirst(500).allSatisfy { $0 == nil })
    #expect(log.takeLine(at: start + .milliseconds(99)) == nil)
    #expect(log.takeLine(at: start + .milliseconds(101)) == 201)
    #expect(log.takeLine(at: start + .milliseconds(102)) == nil)
    #expect(log.takeLine(at: start + .seconds(60)) == 1)
    let later = (0..<700).compactMap { _ in log.takeLine(at: start + .seconds(60)) }
    #expect(later.count == 499)
  }
}
