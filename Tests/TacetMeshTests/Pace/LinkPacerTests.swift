import Foundation
import NIOCore
import NIOEmbedded
import SeededGenerator
import Synchronization
import TacetTransport
import TacetWire
import Testing

@testable import TacetMesh

/// The slots of a link in virtual time: when cells leave, and how many.
@Suite struct LinkPacerTests {
  /// A link without a network: it notes what leaves and when.
  private final class Link: PacedLink, SlotCarrier {
    var isUp = true
    var isWritable = true
    var wakes = 0
    var sweeps = 0
    var slots: [(date: Date, cells: [LinkRequest])] = []
    private let now: () -> Date

    init(now: @escaping () -> Date) { self.now = now }

    var carrier: (any SlotCarrier)? { isUp ? self : nil }
    func canCarry(_ count: Int) -> Bool { isWritable }
    func carry(_ cells: [LinkRequest]) { slots.append((now(), cells)) }
    func wake() { wakes += 1 }
    func sweep() { sweeps += 1 }
  }

  /// A link whose clock a test moves on, in steps of its choice.
  private final class Bench {
    static let start = Date(timeIntervalSinceReferenceDate: 800_000_000)

    let loop = EmbeddedEventLoop()
    let meter = WireMeter()
    let pace: LinkPace
    let link: Link
    let pacer: LinkPacer
    /// By how much the wall clock is ahead of the loop's: time in which the loop was busy.
    let ahead = Clock()
    private let codec: MessageCodec
    private let numbers = LinkNumbers()
    private(set) var answers: [EventLoopFuture<Message>] = []

    final class Clock: Sendable {
      let seconds = Mutex(0.0)
    }

    init(
      width: Int = 2, isCovered: Bool = true, capacity: Int = 64, lead: Double = 0.5,
      interval: Duration = .milliseconds(100)
    ) throws {
      codec = try MessageCodec(bytes: 512)
      pace = LinkPace(
        first: Self.start + lead, interval: interval, width: width, isCovered: isCovered,
        patience: .milliseconds(300))
      let now: @Sendable () -> Date = { [loop, ahead] in
        Self.start + Double(loop.now.uptimeNanoseconds) * 1e-9 + ahead.seconds.withLock { $0 }
      }
      link = Link(now: now)
      pacer = LinkPacer(
        pace: pace, codec: codec, capacity: capacity, numbers: numbers, meter: meter, loop: loop, now: now)
      pacer.start(link)
    }

    deinit { try? loop.syncShutdownGracefully() }

    func advance(_ seconds: Double) { loop.advanceTime(by: .nanoseconds(Int64(seconds * 1e9))) }

    /// The wall clock moves on while the loop does nothing.
    func stall(_ seconds: Double) { ahead.seconds.withLock { $0 += seconds } }

    @discardableResult
    func submit() throws -> LinkRequest {
      let promise = loop.makePromise(of: Message.self)
      answers.append(promise.futureResult)
      let cell = try LinkCell(Message(kind: .query), id: numbers.next(), by: codec)
      let request = LinkRequest(cell, exchange: .init(id: 1, promise: promise))
      let bound = NIOLoopBound(request, eventLoop: loop)
      promise.futureResult.whenComplete { _ in bound.value.end() }
      if !pacer.submit(request) { request.fail(.closed(Endpoint(host: "h", port: 1))) }
      return request
    }

    /// By how much the slots that were kept missed the grid, in seconds, at most.
    var offGrid: Double {
      link.slots.map { slot in
        let number = (slot.date.timeIntervalSince(pace.first) / 0.1).rounded()
        return abs(slot.date.timeIntervalSince(pace.date(of: Int(number))))
      }.max() ?? 0
    }

    func end() {
      pacer.stop(.closed(Endpoint(host: "h", port: 1)))
    }
  }

  /// 2,000 slots with requests at random moments, some of which fail before they leave: the same cells at every slot.
  @Test func everySlotHasTheSameCells() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let bench = try Bench(width: 3)
    var submitted: [UInt64] = []
    var failed: Set<UInt64> = []
    while bench.link.slots.count < 2000 {
      if Double.random(in: 0..<1, using: &random) < 0.4 {
        let request = try bench.submit()
        submitted.append(request.cell.id)
        if Bool.random(using: &random), request.isOver == false, Int.random(in: 0..<5, using: &random) == 0 {
          failed.insert(request.cell.id)
          request.fail(.closed(Endpoint(host: "h", port: 1)))
        }
      }
      bench.advance(Double.random(in: 0..<0.06, using: &random))
    }
    let slots = bench.link.slots
    #expect(Set(slots.map(\.cells.count)) == [3], "seed \(seed)")
    #expect(bench.offGrid < 1e-6, "seed \(seed)")
    #expect(Set(slots.map { ($0.date.timeIntervalSince(bench.pace.first) / 0.1).rounded() }).count == slots.count)
    let real = slots.flatMap(\.cells).filter { !$0.isCover }.map(\.cell.id)
    let expected = submitted.filter { !failed.contains($0) }.prefix(real.count)
    #expect(real == Array(expected), "not in their order: seed \(seed)")
    #expect(real.count > 500)
    let all = slots.flatMap(\.cells).map(\.cell.id)
    #expect(Set(all).count == all.count, "a cell left twice: seed \(seed)")
    #expect(Set(slots.flatMap(\.cells).map(\.cell.frame.count)) == [512])
    let counts = bench.meter.snapshot.slots
    #expect(counts.kept == slots.count && counts.skipped == 0)
    #expect(counts.real == real.count && counts.cover == all.count - real.count)
    bench.end()
  }

  /// A link begins with the next slot of the grid, wherever in it the process starts.
  @Test(arguments: [0.5, 0, -0.049, -12345.678]) func theGridIsTheMeshs(lead: Double) throws {
    let bench = try Bench(lead: lead)
    bench.advance(1)
    #expect(bench.link.slots.count >= 5)
    #expect(bench.offGrid < 1e-5)
    bench.end()
  }

  /// Nothing is made up after a stall: the slots in it are lost, the next is on the grid.
  @Test(arguments: [0.3, 1.04, 0.034, 7.77]) func aStallIsNotMadeUp(stall: Double) throws {
    let bench = try Bench()
    bench.advance(1.02)
    let before = bench.link.slots.count
    for _ in 0..<20 { try bench.submit() }
    bench.stall(stall)
    bench.advance(0.5)
    let after = bench.link.slots.dropFirst(before)
    #expect(after.allSatisfy { $0.cells.count == 2 })
    let gaps = zip(after, after.dropFirst()).map { $1.date.timeIntervalSince($0.date) }
    #expect(gaps.allSatisfy { $0 > 0.07 }, "\(gaps)")
    #expect(
      after.dropFirst().allSatisfy { slot in
        let part = slot.date.timeIntervalSince(bench.pace.first) / 0.1
        return abs(part - part.rounded()) < 1e-5
      })
    let counts = bench.meter.snapshot.slots
    // Every slot that came was either kept or skipped.
    let time = 1.52 + stall - 0.5
    #expect(abs(counts.kept + counts.skipped - Int(time / 0.1) - 1) <= 1)
    #expect(stall < 0.1 || counts.skipped >= Int(stall / 0.1) - 1)
    bench.end()
  }

  /// Where a quarter of the interval is long, 25 ms are the most.
  @Test(arguments: [(0.02, true), (0.03, false)])
  func howFarApartSlotsAreDoesNotMakeALateOneRight(stall: Double, isKept: Bool) throws {
    let bench = try Bench(interval: .seconds(4))
    bench.advance(0.4)
    bench.stall(stall)
    bench.advance(0.1)
    #expect(bench.link.slots.count == (isKept ? 1 : 0))
    #expect(bench.meter.snapshot.slots.skipped == (isKept ? 0 : 1))
    bench.end()
  }

  /// A slot that comes late by less than a quarter is kept, and the next one is not later for it.
  @Test func aLateSlotDoesNotDrift() throws {
    let bench = try Bench(lead: 0.05)
    for _ in 0..<50 {
      bench.advance(0.09)
      bench.stall(0.012)
    }
    bench.advance(0.3)
    #expect(bench.meter.snapshot.slots.skipped == 0)
    #expect(bench.offGrid < 0.03)
    bench.end()
  }

  @Test func withoutAConnectionSlotsAreSkippedAndItIsAskedFor() throws {
    let bench = try Bench()
    bench.link.isUp = false
    for _ in 0..<10 { try bench.submit() }
    bench.advance(1.02)
    #expect(bench.link.slots.isEmpty)
    #expect(bench.link.wakes == 6 && bench.meter.snapshot.slots.skipped == 6)
    bench.link.isUp = true
    bench.advance(0.1)
    #expect(bench.link.slots.map(\.cells.count) == [2], "something left in a burst")
    bench.link.isWritable = false
    bench.advance(0.2)
    #expect(bench.link.slots.count == 1)
    bench.link.isWritable = true
    bench.advance(0.1)
    #expect(bench.link.slots.map(\.cells.count) == [2, 2])
    #expect(bench.link.slots.flatMap(\.cells).allSatisfy { !$0.isCover })
    #expect(bench.link.sweeps == 9)
    bench.end()
  }

  @Test func withoutCoverOnlyWhatIsThereLeavesAtASlot() throws {
    let bench = try Bench(width: 2, isCovered: false)
    bench.advance(1.02)
    #expect(bench.link.slots.isEmpty && bench.meter.snapshot.slots == WireMeter.Slots())
    bench.link.isUp = false
    bench.advance(0.3)
    #expect(bench.link.wakes == 0, "a connection was asked for with nothing to say")
    bench.link.isUp = true
    for _ in 0..<3 { try bench.submit() }
    #expect(bench.link.slots.isEmpty)
    bench.advance(0.5)
    #expect(bench.link.slots.map(\.cells.count) == [2, 1])
    #expect(bench.offGrid < 1e-6)
    bench.end()
  }

  @Test func aFullQueueTakesNothingMore() throws {
    let bench = try Bench(width: 1, capacity: 4)
    let requests = try (0..<4).map { _ in try bench.submit() }
    #expect(try bench.submit().isOver)
    // Those that nobody waits for make room, and do not leave.
    for request in requests.dropLast() { request.fail(.closed(Endpoint(host: "h", port: 1))) }
    let last = try bench.submit()
    #expect(!last.isOver)
    bench.advance(0.72)
    #expect(
      bench.link.slots.flatMap(\.cells).filter { !$0.isCover }.map(\.cell.id) == [requests[3], last].map(\.cell.id))
    let waiting = try bench.submit()
    bench.end()
    #expect(waiting.isOver)
    bench.advance(1)
    #expect(bench.link.slots.count == 3, "something left after the end")
  }

  /// The wall clock is set: the slots follow it, one at a time.
  @Test(arguments: [-3600.0, -0.25, 0.25, 86_400]) func aClockThatIsSetIsFollowed(step: Double) throws {
    let bench = try Bench(lead: -100_000)
    bench.advance(1.02)
    bench.stall(step)
    bench.advance(1)
    let after = bench.link.slots.suffix(5)
    #expect(after.count == 5)
    #expect(
      after.allSatisfy { slot in
        let part = slot.date.timeIntervalSince(bench.pace.first) / 0.1
        return abs(part - part.rounded()) < 1e-4
      })
    #expect(bench.link.slots.allSatisfy { $0.cells.count == 2 })
    bench.end()
  }
}
