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

  @Test func datesBeyondReasonDoNotTrap() {
    #expect(schedule.step(at: Date(timeIntervalSince1970: 1e300)) == Int.max)
    #expect(schedule.step(at: Date(timeIntervalSince1970: -1e300)) == -1)
  }
}
