import Testing

@testable import TacetMesh

/// What leaves for a request does not depend on when its answer is ready; what is in it does.
@Suite struct ReplyBoardTests {
  private func cell(_ name: String, isCover: Bool = false) -> Cell {
    Cell(bytes: Array(name.utf8), trace: name, isCover: isCover)
  }

  private var late: Cell { cell("late") }

  @Test func anAnswerThatIsReadyLeavesAtItsMoment() {
    var board = ReplyBoard()
    board.open(1, substitute: late)
    board.open(2, substitute: late)
    board.complete(2, with: cell("two"))
    board.complete(1, with: cell("one"))
    #expect(board.count == 2)
    #expect(board.leave(1)?.cell == cell("one"))
    #expect(board.leave(2)?.cell == cell("two"))
    #expect(board.count == 0)
  }

  @Test func nothingLeavesTwice() {
    var board = ReplyBoard()
    board.open(1, substitute: late)
    #expect(board.leave(1) != nil)
    #expect(board.leave(1) == nil)
    #expect(board.leave(2) == nil)
  }

  /// The answer that came too late takes the place of a cover's, and no other's.
  @Test func aLateAnswerLeavesInACoversPlace() {
    var board = ReplyBoard()
    board.open(1, substitute: late)
    let left = board.leave(1)
    #expect(left?.cell == late && left?.isMissed == true)
    board.complete(1, with: cell("one"))
    #expect(board.count == 0)
    board.open(2, substitute: late)
    board.complete(2, with: cell("two"))
    #expect(board.leave(2)?.cell == cell("two"))
    for (number, expected) in [(UInt64(3), "one"), (4, "cover")] {
      board.open(number, substitute: late)
      board.complete(number, with: cell("cover", isCover: true))
      let left = board.leave(number)
      #expect(left?.cell.bytes == Array(expected.utf8) && left?.isMissed == false)
    }
  }

  /// Whatever is late, however often: memory stays bounded, and the newest answers are the ones that are kept.
  @Test func overdueAnswersAreBounded() {
    var board = ReplyBoard()
    let count = UInt64(ReplyBoard.mostOverdue) + 10
    for number in 0..<count {
      board.open(number, substitute: late)
      _ = board.leave(number)
      board.complete(number, with: cell("\(number)"))
    }
    var delivered: [String] = []
    for number in count..<count * 2 {
      board.open(number, substitute: late)
      board.complete(number, with: cell("cover", isCover: true))
      if let cell = board.leave(number)?.cell, cell.trace == "cover/overdue" {
        delivered.append(String(decoding: cell.bytes, as: UTF8.self))
      }
    }
    #expect(delivered == (10..<count).map(String.init))
  }

  /// The answer to a cover that came too late is nobody's loss, and an answer that cannot be made is not delivered.
  @Test func whatNobodyWaitsForIsNotKept() {
    var board = ReplyBoard()
    board.open(1, substitute: late)
    _ = board.leave(1)
    board.complete(1, with: cell("cover", isCover: true))
    board.open(2, substitute: late)
    _ = board.leave(2)
    board.complete(2, with: nil)
    board.open(3, substitute: late)
    board.complete(3, with: cell("cover", isCover: true))
    #expect(board.leave(3)?.cell == cell("cover", isCover: true))
  }
}
