import Foundation
import TacetWire
import Testing

@testable import TacetAudit

/// Captures made byte by byte, and what is found in them.
@Suite struct WireCaptureTests {
  private func read(_ bytes: [UInt8]) throws -> WireCapture {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-\(UUID().uuidString).pcap")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(bytes).write(to: file)
    return try WireCapture.read(file)
  }

  private func pcap(_ packets: [CaptureBuilder.Packet], linkType: UInt32 = 1) -> [UInt8] {
    CaptureBuilder.pcap(packets, linkType: linkType, isLittleEndian: true, isNano: true)
  }

  private func report(
    _ bytes: [UInt8], labels: [ExchangeLabel] = [], expectation: WireExpectation = WireExpectation(messageBytes: 1024)
  ) throws -> WireReport {
    var settings = WireSettings()
    settings.expectation = expectation
    return WireVerification(capture: try read(bytes), labels: labels, settings: settings).report()
  }

  private func conversation(
    exchanges: Int = 3, sequence: UInt32 = 1000, linkType: UInt32 = 1, isVersion6: Bool = false
  ) -> Conversation {
    var conversation = Conversation(sequence: sequence, linkType: linkType, isVersion6: isVersion6)
    conversation.shakeHands()
    for _ in 0..<exchanges { conversation.exchange() }
    conversation.close()
    return conversation
  }

  // MARK: Formats

  private func expectThree(_ bytes: [UInt8], isVersion6: Bool = false, resolution: Double = 1e-6) throws {
    let capture = try read(bytes)
    let flow = try #require(capture.flows.first)
    #expect(capture.flows.count == 1)
    #expect(flow.client == (isVersion6 ? "[2001:db8::1]:50000" : "10.0.0.1:50000"))
    #expect(flow.server == (isVersion6 ? "[2001:db8::2]:4001" : "10.0.0.2:4001"))
    #expect(flow.applicationProtocols == ["tacet/1"] && flow.gaps.isEmpty)
    #expect(flow.requests.map(\.bytes).suffix(5) == [850, 1046, 1046, 1046, 24])
    #expect(flow.replies.map(\.bytes) == [127, 6, 900, 300, 1046, 1046, 1046, 24])
    #expect(flow.replies.map(\.type) == [22, 20, 23, 23, 23, 23, 23, 23])
    let found = FlowExchanges(flow, labels: [], expectation: WireExpectation())
    #expect(found.exchanges.count == 3 && found.problems.isEmpty && found.violations.isEmpty)
    #expect(found.requestPreamble == [850] && found.replyPreamble == [900, 300])
    #expect(found.exchanges.allSatisfy { abs($0.latency - 0.02) < 2 * resolution })
    #expect(found.exchanges.map(\.requestGap).map { $0.map { abs($0 - 0.05) < 2 * resolution } } == [nil, true, true])
  }

  @Test(arguments: [UInt32(0), 1, 101, 113, 276], [false, true])
  func everyLinkType(linkType: UInt32, isVersion6: Bool) throws {
    let packets = conversation(linkType: linkType, isVersion6: isVersion6).packets
    try expectThree(pcap(packets, linkType: linkType), isVersion6: isVersion6)
  }

  @Test(arguments: [false, true], [false, true])
  func pcapInEitherOrder(isLittleEndian: Bool, isNano: Bool) throws {
    try expectThree(
      CaptureBuilder.pcap(conversation().packets, linkType: 1, isLittleEndian: isLittleEndian, isNano: isNano))
  }

  @Test(arguments: [false, true], [nil, 6, 9, 0x94] as [UInt8?])
  func pcapngInEitherOrder(isLittleEndian: Bool, resolution: UInt8?) throws {
    try expectThree(
      CaptureBuilder.pcapng(
        conversation().packets, linkType: 1, isLittleEndian: isLittleEndian, resolution: resolution))
  }

  @Test func sectionsOfDifferentOrderFollowEachOther() throws {
    let packets = conversation().packets
    try expectThree(
      CaptureBuilder.pcapng(Array(packets.prefix(7)), linkType: 1, isLittleEndian: true)
        + CaptureBuilder.pcapng(Array(packets.dropFirst(7)), linkType: 1, isLittleEndian: false, resolution: 9))
  }

  // MARK: TCP

  /// Sequence numbers that pass their end.
  @Test func sequenceNumbersWrap() throws {
    try expectThree(pcap(conversation(sequence: UInt32.max - 1200).packets))
  }

  /// Any order within the beginning, each packet twice: the same records.
  @Test(arguments: 0..<20)
  func orderAndRepetitionChangeNothing(seed: Int) throws {
    var generator = LeakGenerator(seed: UInt64(seed))
    var packets = conversation().packets
    // The handshake's first packets stay; the others change places with their neighbours and come again.
    for index in 3..<(packets.count - 2) where Bool.random(using: &generator) {
      let bytes = packets[index].bytes
      packets[index].bytes = packets[index + 1].bytes
      packets[index + 1].bytes = bytes
    }
    packets += packets.dropFirst(2).shuffled(using: &generator)
    let flow = try #require(try read(pcap(packets)).flows.first)
    #expect(flow.gaps.isEmpty)
    #expect(flow.requests.map(\.bytes).suffix(5) == [850, 1046, 1046, 1046, 24])
    #expect(flow.replies.map(\.bytes) == [127, 6, 900, 300, 1046, 1046, 1046, 24])
  }

  @Test func aLostPacketIsAGap() throws {
    var packets = conversation().packets
    // A request in the middle; the server acknowledges it all the same.
    packets.remove(at: packets.count - 7)
    let report = try report(pcap(packets))
    #expect(report.verdict == .incomplete && !report.holds)
    #expect(report.reasons.contains { $0.contains("not in the capture") })
  }

  /// The last of a direction, which nothing comes after: the peer's acknowledgement tells.
  @Test func aLostLastPacketIsAGap() throws {
    var conversation = Conversation()
    conversation.shakeHands()
    for _ in 0..<3 { conversation.exchange() }
    var packets = conversation.packets
    packets.remove(at: packets.count - 2)
    #expect(try report(pcap(packets)).verdict == .incomplete)
  }

  @Test func aConnectionWithoutItsBeginningIsIncomplete() throws {
    let report = try report(pcap(Array(conversation(exchanges: 12).packets.dropFirst(9))))
    #expect(report.verdict == .incomplete)
    #expect(report.reasons.contains { $0.contains("beginning") })
  }

  @Test func whatTheCaptureLacksIsSaid() throws {
    let packets = conversation().packets
    let lost = try report(CaptureBuilder.pcapng(packets, linkType: 1, isLittleEndian: true, dropped: 5))
    #expect(lost.verdict == .incomplete && lost.reasons.contains { $0.hasPrefix("5 packets were lost") })
    var short = packets
    short[4].kept = 60
    let cut = try report(pcap(short))
    #expect(cut.verdict == .incomplete && cut.reasons.contains { $0.hasPrefix("1 packets were cut off") })
    let fragment = CaptureBuilder.Packet(
      time: 5,
      bytes: CaptureBuilder.link(1) + CaptureBuilder.segment(from: (1, 1), to: (2, 2), sequence: 1, fragment: 0x2000))
    #expect(try report(pcap(packets + [fragment])).verdict == .incomplete)
  }

  // MARK: Verdicts

  @Test func oneSizeHolds() throws {
    let report = try report(pcap(conversation(exchanges: 20).packets))
    #expect(report.verdict == .holds && report.holds && report.reasons.isEmpty, "\(report.reasons)")
    #expect(report.exchanges == 20 && !report.isLabelled)
    #expect(report.flows.first?.requestSizes.map(\.sizes) == [[1046]])
  }

  @Test(arguments: [(1047, 1046), (1046, 1045), (1046, 90), (524, 1046)])
  func oneMessageOfAnotherSizeIsALeak(request: Int, answer: Int) throws {
    var conversation = Conversation()
    conversation.shakeHands()
    for number in 0..<20 { conversation.exchange(number == 11 ? request : 1046, number == 11 ? answer : 1046) }
    #expect(try report(pcap(conversation.packets)).verdict == .leaks)
  }

  /// What comes before the first message of the right size is bounded: no leak hides there.
  @Test func aLongBeginningIsALeak() throws {
    var conversation = Conversation()
    conversation.shakeHands()
    for number in 0..<20 { conversation.exchange(1046, number < 9 ? 500 + number : 1046) }
    let report = try report(pcap(conversation.packets))
    #expect(report.verdict == .leaks && report.reasons.contains { $0.contains("at the beginning") })
  }

  /// The alert that closes is the last record, not one between.
  @Test func anAlertInTheMiddleIsALeak() throws {
    var conversation = Conversation()
    conversation.shakeHands()
    for number in 0..<20 { conversation.exchange(1046, number == 7 ? 24 : 1046) }
    #expect(try report(pcap(conversation.packets)).verdict == .leaks)
  }

  @Test func aReplyBeforeTheDeadlineIsALeak() throws {
    let bytes = pcap(conversation(exchanges: 20).packets)
    let kept = WireExpectation(messageBytes: 1024, deadline: 0.0199, slot: 0.05)
    let report = try report(bytes, expectation: kept)
    #expect(report.verdict == .holds)
    #expect((report.flows.first?.slotDeviation?.most ?? 1) < 1e-3)
    let broken = try self.report(bytes, expectation: WireExpectation(messageBytes: 1024, deadline: 0.021))
    #expect(broken.verdict == .leaks && broken.reasons == ["20 of 20 replies left before the policy's deadline"])
  }

  /// Replies in another order than their requests are told apart by the labels alone.
  @Test func labelsPairWhatIsMultiplexed() throws {
    var conversation = Conversation()
    conversation.shakeHands()
    for _ in 0..<2 { conversation.send(Conversation.record(23, 1046), after: 10) }
    for _ in 0..<2 { conversation.reply(Conversation.record(23, 1046), after: 10) }
    let flow = try #require(try read(pcap(conversation.packets)).flows.first)
    let labels = [(0, 1), (1, 0)].map {
      ExchangeLabel(
        client: "10.0.0.1:50000", server: "10.0.0.2:4001", door: "link", request: $0.0, reply: $0.1, class: "c\($0.0)")
    }
    let found = FlowExchanges(flow, labels: labels, expectation: WireExpectation())
    #expect(found.exchanges.map(\.label) == ["c1", "c0"])
    #expect(zip(found.exchanges.map(\.latency), [0.01, 0.03]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// Messages longer than a record are several records, always the same.
  @Test func aLongMessageIsSeveralRecords() throws {
    var conversation = Conversation()
    conversation.shakeHands()
    let message = Conversation.record(23, 16_406) + Conversation.record(23, 3638)
    for _ in 0..<5 {
      conversation.send(message)
      conversation.reply(message)
    }
    let expectation = WireExpectation(messageBytes: 20_000)
    let report = try report(pcap(conversation.packets), expectation: expectation)
    #expect(report.verdict == .holds && report.exchanges == 5)
    #expect(report.flows.first?.replySizes.map(\.sizes) == [[16_406, 3638]])
  }

  @Test func labelsOfAnotherCaptureAreIncomplete() throws {
    let label = ExchangeLabel(
      client: "10.0.0.9:1", server: "10.0.0.2:4001", door: "link", request: 0, reply: 0, class: "a")
    let report = try report(pcap(conversation().packets), labels: [label])
    #expect(report.verdict == .incomplete)
    #expect(report.reasons.contains { $0.contains("1 connections of the labels") })
  }

  @Test func aPortThatIsUsedAgainIsAnotherConnection() throws {
    let first = conversation().packets
    let second = conversation(exchanges: 2, sequence: 5_000_000).packets
    let capture = try read(pcap(first + second))
    #expect(capture.flows.count == 2)
    #expect(try report(pcap(first + second)).exchanges == 5)
  }

  // MARK: What would hide

  private func label(_ request: Int, _ reply: Int, _ name: String = "a") -> ExchangeLabel {
    ExchangeLabel(
      client: "10.0.0.1:50000", server: "10.0.0.2:4001", door: "link", request: request, reply: reply, class: name)
  }

  @Test func aConnectionInTheClearIsALeak() throws {
    var clear = Conversation(clientPort: 50_001)
    clear.send(Array("GET /budget HTTP/1.1\r\n\r\n".utf8))
    clear.reply(Array("HTTP/1.1 200 OK\r\n\r\nspent".utf8))
    let report = try report(pcap(conversation(exchanges: 20).packets + clear.packets))
    #expect(report.verdict == .leaks && report.reasons.contains { $0.contains("TLS") }, "\(report.reasons)")
  }

  /// Encryption hides a record's type; one that shows another was not encrypted.
  @Test(arguments: [[UInt8](Conversation.record(21, 7)), Conversation.record(22, 1046), Array("status: spent".utf8)])
  func whatIsNotEncryptedIsALeak(bytes: [UInt8]) throws {
    var conversation = Conversation()
    conversation.shakeHands()
    for number in 0..<20 {
      conversation.exchange()
      if number == 9 { conversation.reply(bytes) }
    }
    #expect(try report(pcap(conversation.packets)).verdict == .leaks)
  }

  /// Labels say what to compare, not what to look at.
  @Test func aMessageWithoutALabelIsLookedAt() throws {
    var conversation = Conversation()
    conversation.shakeHands()
    for number in 0..<20 { conversation.exchange(1046, number == 12 ? 300 : 1046) }
    let labels = (0..<20).filter { $0 != 12 }.map { label($0, $0) }
    let report = try report(pcap(conversation.packets), labels: labels)
    #expect(report.verdict == .leaks)
    #expect(report.flows.first?.replySizes.map(\.sizes) == [[1046], [300]])
  }

  @Test func labelsOfWhatIsNotThereAreIncomplete() throws {
    let labels = [0, 1, 2, 99].map { label($0, $0) }
    let report = try report(pcap(conversation().packets), labels: labels)
    #expect(report.verdict == .incomplete && report.reasons.contains { $0.contains("1 exchanges of the labels") })
  }

  /// To whom of two connections with the same addresses a label belongs nobody can tell.
  @Test func labelsOfAPortThatIsUsedAgainAreIncomplete() throws {
    let packets = conversation().packets + conversation(sequence: 5_000_000).packets
    let report = try report(pcap(packets), labels: (0..<3).map { label($0, $0) })
    #expect(report.verdict == .incomplete && report.reasons.contains { $0.contains("of several connections") })
  }

  @Test func aReplyTooManyIsALeak() throws {
    var conversation = Conversation()
    conversation.shakeHands()
    for _ in 0..<20 { conversation.exchange() }
    conversation.reply(Conversation.record(23, 1046))
    let report = try report(pcap(conversation.packets))
    #expect(report.verdict == .leaks && report.reasons.contains { $0.contains("more messages than") })
  }

  /// A server that closes in place of an answer says something; a client that closes before its answer says nothing of the answer.
  @Test(arguments: [false, true]) func noReplyDoesNotHold(closesFromClient: Bool) throws {
    var conversation = Conversation()
    conversation.shakeHands()
    for _ in 0..<20 { conversation.exchange() }
    conversation.send(Conversation.record(23, 1046))
    conversation.finish(fromClient: closesFromClient)
    let report = try report(pcap(conversation.packets))
    #expect(report.verdict == (closesFromClient ? .holds : .incomplete), "\(report.reasons)")
    #expect(closesFromClient || report.reasons.contains { $0.contains("have no reply") })
  }

  /// Nor one that keeps silent, while the capture goes on.
  @Test func silenceDoesNotHold() throws {
    var silent = Conversation(clientPort: 50_001)
    silent.shakeHands()
    for _ in 0..<5 { silent.exchange() }
    silent.send(Conversation.record(23, 1046))
    let report = try report(pcap(conversation(exchanges: 40).packets + silent.packets))
    #expect(report.verdict == .incomplete && report.reasons.contains { $0.contains("have no reply") })
  }

  @Test func beginningsOfDifferentLengthAreALeak() throws {
    var other = Conversation(clientPort: 50_001)
    other.shakeHands()
    other.reply(Conversation.record(23, 300))
    for _ in 0..<5 { other.exchange() }
    let report = try report(pcap(conversation(exchanges: 5).packets + other.packets))
    #expect(report.verdict == .leaks && report.reasons.first?.hasPrefix("connections begin with [2, 3]") == true)
  }

  @Test func aLongBeginningOfAnotherProtocolIsALeak() throws {
    func talk(_ records: Int) -> Conversation {
      var talk = Conversation()
      talk.shakeHands("h2")
      for _ in 0..<records { talk.reply(Conversation.record(23, 200)) }
      for _ in 0..<20 { talk.exchange(100, 200) }
      return talk
    }
    #expect(try report(pcap(talk(2).packets)).verdict == .holds)
    let long = try report(pcap(talk(9).packets))
    #expect(long.verdict == .leaks && long.reasons.contains { $0.contains("before its first message") })
  }

  /// A door's messages look like its own others, not like another door's.
  @Test func doorsAreJudgedByThemselves() throws {
    var door = Conversation(clientPort: 50_001, serverPort: 4101)
    door.shakeHands("h2")
    for _ in 0..<20 { door.exchange(1300, 1302) }
    let report = try report(pcap(conversation(exchanges: 20).packets + door.packets))
    #expect(report.verdict == .holds && report.flows.count == 2, "\(report.reasons)")
  }

  @Test func packetsWithoutATimeAreIncomplete() throws {
    let bytes = CaptureBuilder.pcapng(
      conversation(exchanges: 20).packets, linkType: 1, isLittleEndian: true, isSimple: true)
    let report = try report(bytes)
    #expect(report.verdict == .incomplete && report.reasons.contains { $0.contains("have no time") })
    #expect(try read(bytes).flows.first?.replies.map(\.bytes).suffix(3) == [1046, 1046, 24])
  }

  // MARK: Hostile bytes

  /// Segments that come backwards, a byte each: so many are kept, and no more.
  @Test func backwardsSegmentsAreBounded() {
    var assembler = StreamAssembler()
    assembler.begin(sequence: 0)
    for number in 0..<100_000 {
      #expect(assembler.append([1], sequence: UInt32(200_000 - number), time: 0).isEmpty)
    }
    #expect(assembler.hasGap)
  }

  /// A packet that opens a connection, seen again when it is under way.
  @Test func aBeginningSeenAgainChangesNothing() throws {
    var packets = conversation().packets
    packets.insert(packets[0], at: 8)
    packets.insert(packets[1], at: 9)
    try expectThree(pcap(packets))
  }

  /// Every beginning of a capture is one, or an error; nothing traps.
  @Test func everyPrefixEndsInAReportOrAnError() throws {
    let packets = Array(conversation(exchanges: 1).packets)
    for bytes in [
      pcap(packets), CaptureBuilder.pcapng(packets, linkType: 1, isLittleEndian: false, resolution: 0x94, dropped: 1),
    ] {
      for count in stride(from: 0, to: bytes.count, by: 3) {
        do {
          _ = try report(Array(bytes.prefix(count)))
        } catch is CaptureError {}
      }
    }
  }

  @Test(arguments: 0..<40)
  func mutatedBytesEndInAReportOrAnError(seed: Int) throws {
    var generator = LeakGenerator(seed: UInt64(seed))
    let packets = conversation(exchanges: 2).packets
    let files = [
      pcap(packets), CaptureBuilder.pcapng(packets, linkType: 1, isLittleEndian: true, resolution: 9, dropped: 3),
      CaptureBuilder.pcap(conversation(isVersion6: true).packets, linkType: 1, isLittleEndian: false, isNano: false),
    ]
    for original in files {
      for _ in 0..<25 {
        var bytes = original
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
          let place = Int.random(
            in: 0..<min(bytes.count, 1 << Int.random(in: 3...14, using: &generator)), using: &generator)
          bytes[place] =
            [0, 1, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &generator)]
            .randomElement(using: &generator) ?? 0
        }
        do {
          _ = try report(bytes)
        } catch is CaptureError {}
      }
    }
  }

  @Test(arguments: [
    ("empty", [UInt8]()), ("no capture", Array("GET / HTTP/1.1".utf8)),
    (
      "impossible length",
      [0xd4, 0xc3, 0xb2, 0xa1] + [UInt8](repeating: 0, count: 28) + [UInt8](repeating: 0xff, count: 8)
    ),
  ])
  func whatIsNoCaptureIsSaid(name: String, bytes: [UInt8]) throws {
    do {
      _ = try read(bytes)
      Issue.record("read \(name)")
    } catch let error as CaptureError {
      #expect(error.kind == .malformed && error.description.contains("byte "))
    }
  }

  @Test(arguments: ["{}", "not json", #"{"client":"a","server":"b","door":"link","request":-1,"reply":0,"class":"x"}"#])
  func aLineThatIsNoLabelIsSaid(line: String) throws {
    let good = #"{"client":"a","server":"b","door":"link","request":1,"reply":0,"class":"x"}"#
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try "\(good)\n\(line)\n".write(to: file, atomically: true, encoding: .utf8)
    do {
      _ = try WireLabels.read(file)
      Issue.record("read \(line)")
    } catch {
      #expect(error.kind == .malformed && error.description.contains("line 2"))
    }
  }
}
