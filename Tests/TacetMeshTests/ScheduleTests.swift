import Foundation
import TacetMesh
import Testing

@Suite struct ScheduleTests {
  private let schedule = Schedule(
    start: Date(timeIntervalSince1970: 1_800_000_000), tick: .milliseconds(200), steps: 300, stepsPerRun: 115)

  @Test func stepsFollowTheClock() {
    #expect(schedule.step(at: schedule.start) == 0)
    #expect(schedule.step(at: schedule.start.addingTimeInterval(-0.001)) == -1)
    #expect(schedule.step(at: schedule.start.addingTimeInterval(0.1)) == 0)
    #expect(schedule.step(at: schedule.start.addingTimeInterval(20.05)) == 100)
  }

  @Test func everyStepBeginsWhereItSays() {
    for step in 0..<300 {
      #expect(schedule.step(at: schedule.date(of: step).addingTimeInterval(0.0001)) == step)
    }
  }

  @Test func runsBeginAfresh() {
    #expect(schedule.beginningOfRun(of: 0) == 0)
    #expect(schedule.beginningOfRun(of: 114) == 0)
    #expect(schedule.beginningOfRun(of: 115) == 115)
    #expect(schedule.beginningOfRun(of: 299) == 230)
  }

  @Test func whatIsUpcoming() {
    #expect(schedule.upcoming(after: schedule.start.addingTimeInterval(-10)) == 0..<300)
    #expect(schedule.upcoming(after: schedule.start.addingTimeInterval(0.01)) == 1..<300)
    #expect(schedule.upcoming(after: schedule.start.addingTimeInterval(1000)).isEmpty)
  }

  /// Whatever step a peer names, and whenever, nothing traps; only the one in progress and the one before are recent.
  @Test(arguments: [-1e9, -30, -0.1, 0, 0.1, 20.05, 1e12]) func recentSteps(seconds: Double) {
    let date = schedule.start.addingTimeInterval(seconds)
    let present = schedule.step(at: date)
    for step in [0, 1, 99, 100, 101, UInt64(Int.max) - 1, UInt64(Int.max), UInt64(Int.max) + 1, .max] {
      let expected = Int(exactly: step).flatMap { present >= 0 && ($0 == present || $0 == present - 1) ? $0 : nil }
      #expect(schedule.recent(step, at: date) == expected)
    }
  }

  @Test func datesBeyondReasonDoNotTrap() {
    #expect(schedule.step(at: Date(timeIntervalSince1970: 1e300)) == Int.max)
    #expect(schedule.step(at: Date(timeIntervalSince1970: -1e300)) == -1)
  }
}
