import Foundation
import TacetWire
import Testing

@testable import TacetAudit

/// Captures in which something leaks where a verdict could forget to look.
@Suite struct WireOmissionTests {
  private func report(
    _ bytes: [UInt8], labels: [ExchangeLabel] = [], servers: Set<String> = [], setAside: Set<String> = [],
    expectation: WireExpectation = WireExpectation(messageBytes: 1024)
  ) throws -> WireReport {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-\(UUID().uuidString).pcap")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(bytes).write(to: file)
    var settings = WireSettings()
    settings.expectation = expectation
    settings.servers = servers
    settings.setAside = setAside
    settings.leaks.minimumPerClass = 100
    settings.leaks.advantage = 0.3
    settings.leaks.alpha = 1e-9
    return WireVerification(capture: try WireCapture.read(file), labels: labels, settings: settings).report()
  }

  private func report(
    _ conversations: Conversation..., labels: [ExchangeLabel] = [], servers: Set<String> = [],
    setAside: Set<String> = [],
    expectation: WireExpectation = WireExpectation(messageBytes: 1024)
  ) throws -> WireReport {
    try report(
      pcap(conversations.flatMap(\.packets)), labels: labels, servers: servers, setAside: setAside,
      expectation: expectation)
  }

  private func pcap(_ packets: [CaptureBuilder.Packet], linkType: UInt32 = 1) -> [UInt8] {
    CaptureBuilder.pcap(packets, linkType: linkType, isLittleEndian: true, isNano: true)
  }

  /// A link in order.
  private func conversation(
    _ exchanges: Int = 20, port: UInt16 = 50_000, certificates: (client: Int, server: Int) = (850, 900),
    tickets: Int = 300
  ) -> Conversation {
    var conversation = Conversation(clientPort: port)
    conversation.shakeHands(certificates: certificates, tickets: tickets)
    for _ in 0..<exchanges { conversation.exchange() }
    return conversation
  }

  private func label(_ number: Int, _ name: String, port: Int = 50_000) -> ExchangeLabel {
    ExchangeLabel(
      client: "10.0.0.1:\(port)", server: "10.0.0.2:4001", door: "link", request: number, reply: number, class: name)
  }

  // MARK: Links that are short

  /// However few its records are: without a message of the right size it is none that is in order.
  @Test(arguments: 1...6)
  func aShortLinkWithoutAMessageIsALeak(exchanges: Int) throws {
    var short = Conversation(clientPort: 50_001)
    short.shakeHands()
    for number in 0..<exchanges { short.exchange(1046, 300 + 100 * number) }
    let report = try report(conversation(), short)
    #expect(report.verdict == .leaks && report.reasons.contains { $0.contains("sent no message") })
  }

  /// One that ends before it has said anything has nothing to leak.
  @Test func aLinkThatOnlyBeginsHolds() throws {
    var idle = conversation(0, port: 50_001)
    idle.close()
    var refused = Conversation(clientPort: 50_002)
    refused.send(Conversation.hello("tacet/1"))
    refused.reply(Conversation.record(21, 7))
    #expect(try report(conversation(), idle, refused).verdict == .holds)
  }

  // MARK: Beginnings

  /// All links alike, and none as it should be.
  @Test func beginningsWithAMessageTooManyAreALeak() throws {
    var talk = Conversation()
    talk.shakeHands()
    talk.exchange(500, 600)
    for _ in 0..<20 { talk.exchange() }
    let report = try report(talk)
    #expect(report.verdict == .leaks && report.reasons.count == 2)
    #expect(report.reasons.allSatisfy { $0.hasPrefix("connections begin with") }, "\(report.reasons)")
  }

  /// Signatures differ by a byte or two, clients in the lengths of their names; tickets follow these, in steps of 16 bytes each.
  @Test func certificatesMayDiffer() throws {
    let report = try report(
      conversation(certificates: (1237, 1280), tickets: 2594),
      conversation(port: 50_001, certificates: (1243, 1282), tickets: 2626))
    #expect(report.verdict == .holds, "\(report.reasons)")
  }

  @Test(arguments: [(850, 940, 300), (850, 900, 400)])
  func sizesThatNoCertificateExplainsAreALeak(client: Int, server: Int, tickets: Int) throws {
    let other = conversation(port: 50_001, certificates: (client, server), tickets: tickets)
    #expect(try report(conversation(), other).verdict == .leaks)
  }

  // MARK: The middle of messages

  /// The first byte is on time, the last tells.
  @Test(arguments: [true, false]) func theRestOfAMessageLateByClassIsALeak(isReply: Bool) throws {
    var generator = LeakGenerator(seed: 7)
    let order = (Array(repeating: "a", count: 150) + Array(repeating: "b", count: 150)).shuffled(using: &generator)
    let message = Conversation.record(23, 1046)
    func talk(_ pause: (String) -> Double) -> Conversation {
      var talk = Conversation()
      talk.shakeHands()
      for name in order {
        let pause = pause(name)
        talk.send(Array(message.prefix(500)), after: 30)
        talk.send(Array(message.dropFirst(500)), after: isReply ? 2 : pause)
        talk.reply(Array(message.prefix(500)), after: isReply ? 20 : 22 - pause)
        talk.reply(Array(message.dropFirst(500)), after: isReply ? pause : 2)
      }
      return talk
    }
    let labels = order.enumerated().map { label($0, $1) }
    #expect(try report(talk { _ in 1 }, labels: labels).verdict == .holds)
    let report = try report(talk { $0 == "a" ? 1 : 1.5 }, labels: labels)
    #expect(report.verdict == .leaks)
    #expect(report.reasons.contains { $0.contains(isReply ? "reply time" : "request time") }, "\(report.reasons)")
  }

  // MARK: Labels

  /// What has no label still has a deadline, and is counted.
  @Test func whatHasNoLabelIsJudged() throws {
    var talk = Conversation()
    talk.shakeHands()
    for number in 0..<400 { talk.exchange(latency: number < 200 ? 20 : 1) }
    let labels = (0..<200).map { label($0, $0.isMultiple(of: 3) ? "a" : "b") }
    let report = try report(talk, labels: labels, expectation: WireExpectation(messageBytes: 1024, deadline: 0.0199))
    #expect(report.verdict == .leaks && report.flows.first?.earlyReplies == 200)
  }

  /// Another connection of the same server counts too.
  @Test func labelsOfAPartAreIncomplete() throws {
    var generator = LeakGenerator(seed: 7)
    let order = (Array(repeating: "a", count: 150) + Array(repeating: "b", count: 150)).shuffled(using: &generator)
    let labels = order.enumerated().map { label($0, $1) }
    #expect(try report(conversation(300), labels: labels).verdict == .holds)
    for report in [
      try report(conversation(301), labels: labels),
      try report(conversation(300), conversation(1, port: 50_001), labels: labels),
    ] {
      #expect(report.verdict == .incomplete)
      #expect(report.reasons == ["the labels name 300 of 301 exchanges of 10.0.0.2:4001"])
    }
  }

  @Test func aClassTooRareDoesNotHold() throws {
    var generator = LeakGenerator(seed: 7)
    let order = (Array(repeating: "a", count: 150) + Array(repeating: "b", count: 150) + ["denied", "denied"])
      .shuffled(using: &generator)
    let report = try report(conversation(302), labels: order.enumerated().map { label($0, $1) })
    #expect(report.verdict == .tooFew && report.rareClasses == ["denied": 2])
    #expect(report.reasons == ["could not be judged, too rare to be compared: denied (2)"])
  }

  /// What is set aside is named, and is few; its sizes are judged all the same.
  @Test(arguments: [(1, 1046, WireReport.Verdict.holds), (2, 1046, .incomplete), (1, 1047, .leaks)])
  func whatIsSetAsideIsFewAndNamed(late: Int, bytes: Int, verdict: WireReport.Verdict) throws {
    var generator = LeakGenerator(seed: 7)
    let order = (Array(repeating: "a", count: 500) + Array(repeating: "b", count: 500)).shuffled(using: &generator)
    let names = order + Array(repeating: "late", count: late)
    var talk = conversation(order.count)
    for _ in 0..<late { talk.exchange(1046, bytes) }
    talk.exchange()
    let labels = (names + ["a"]).enumerated().map { label($0, $1) }
    #expect(try report(talk, labels: labels).verdict == (bytes == 1046 ? .tooFew : .leaks))
    let report = try report(talk, labels: labels, setAside: ["late", "never seen"])
    #expect(report.verdict == verdict && report.setAside == ["late": late], "\(report.reasons)")
    #expect(report.text.contains("set aside, judged for size and deadline alone: late (\(late))"))
  }

  @Test func aClassOnItsOwnConnectionDoesNotHold() throws {
    var generator = LeakGenerator(seed: 7)
    let order = (Array(repeating: "a", count: 150) + Array(repeating: "b", count: 150)).shuffled(using: &generator)
    let labels = order.enumerated().map { label($0, $1) } + (0..<100).map { label($0, "denied", port: 50_001) }
    let report = try report(conversation(300), conversation(100, port: 50_001), labels: labels)
    #expect(report.verdict == .tooFew && report.loneClasses == ["denied": 100])
  }

  /// What a prober asks before its test has a label that says so; no more than a tenth.
  @Test(arguments: [(20, WireReport.Verdict.holds), (80, .incomplete)])
  func whatIsNotComparedIsFew(count: Int, verdict: WireReport.Verdict) throws {
    var generator = LeakGenerator(seed: 7)
    let order = (Array(repeating: "a", count: 150) + Array(repeating: "b", count: 150)).shuffled(using: &generator)
    let names = Array(repeating: ExchangeLabel.notCompared, count: count) + order
    let report = try report(conversation(names.count), labels: names.enumerated().map { label($0, $1) })
    #expect(report.verdict == verdict && report.rareClasses.isEmpty, "\(report.reasons)")
  }

  @Test func gRPCLabelsOfWhatIsNotThereAreIncomplete() throws {
    var talk = Conversation()
    talk.shakeHands("h2")
    for _ in 0..<20 { talk.exchange(1103, 1302) }
    let present = (0..<20).map { label($0, "a") }
    let absent = (0..<15).map { label($0, "a") } + (100..<105).map { label($0, "b") }
    #expect(try report(talk, labels: present).verdict == .tooFew)
    let report = try report(talk, labels: absent)
    #expect(report.verdict == .incomplete && report.reasons.contains { $0.contains("5 exchanges of the labels") })
  }

  // MARK: Times

  /// A reply that leaves when its answer is ready, and not by the clock.
  @Test func lateRepliesAreALeak() throws {
    let kept = WireExpectation(messageBytes: 1024, deadline: 0.015, jitterCap: 0.006)
    func talk(late: Int) -> Conversation {
      var talk = Conversation()
      talk.shakeHands()
      for number in 0..<300 { talk.exchange(latency: number < late ? 60 : 20) }
      return talk
    }
    #expect(try report(talk(late: 10), expectation: kept).verdict == .holds)
    #expect(try report(talk(late: 11), expectation: kept).verdict == .incomplete)
    let late = try report(talk(late: 31), expectation: kept)
    #expect(late.verdict == .leaks && late.reasons.first?.hasPrefix("31 of 300 replies") == true)
  }

  // MARK: Records

  /// In the clear from beginning to end, in records of a handshake or of alerts.
  @Test(arguments: [UInt8(20), 21, 22])
  func whatIsNeverEncryptedIsALeak(type: UInt8) throws {
    var clear = Conversation(clientPort: 50_001)
    clear.send(Conversation.hello("tacet/1"))
    for number in 0..<5 {
      clear.reply(Conversation.record(type, 100 + number))
      clear.send(Conversation.record(type, 100 + number))
    }
    #expect(try report(conversation(), clear).verdict == .leaks)
  }

  @Test func aRecordLongerThanTLSPermitsIsALeak() throws {
    var long = Conversation()
    long.shakeHands("h2")
    for _ in 0..<20 { long.exchange(1000, 16_646) }
    #expect(try report(long).verdict == .leaks)
  }

  /// Of the size of the alert that closes, but in place of a reply.
  @Test func anAlertInPlaceOfAReplyDoesNotHold() throws {
    var talk = conversation()
    talk.send(Conversation.record(23, 1046))
    talk.reply(Conversation.record(23, 24))
    talk.send(Conversation.record(23, 24))
    talk.finish(fromClient: true)
    let report = try report(talk)
    #expect(report.verdict == .incomplete && report.reasons.contains { $0.contains("have no reply") })
  }

  // MARK: Packets

  /// A frame that holds another, of which nothing is known: PPPoE, MPLS, IP in IP.
  @Test(arguments: [[0x88, 0x64], [0x88, 0x47], nil] as [[UInt8]?])
  func packetsOfAnUnreadKindAreIncomplete(type: [UInt8]?) throws {
    let inner = CaptureBuilder.segment(from: (1, 1), to: (2, 2), sequence: 1)
    let tunnel: [UInt8] = [0x45, 0, 0, 44, 0, 0, 0, 0, 64, 4] + [UInt8](repeating: 0, count: 10)
    let header = [UInt8](repeating: 7, count: 12)
    let bytes = type.map { header + $0 + inner } ?? header + [8, 0] + tunnel + inner
    let report = try report(pcap(conversation().packets + [CaptureBuilder.Packet(time: 5, bytes: bytes)]))
    #expect(report.verdict == .incomplete)
    #expect(report.reasons.contains { $0.hasPrefix("1 packets are of a kind that is not read") })
  }

  @Test func anUnreadLinkLayerIsIncomplete() throws {
    #expect(try report(pcap(conversation().packets, linkType: 9)).verdict == .incomplete)
  }

  /// What belongs to no TCP connection is none of it: ARP, UDP.
  @Test func otherPacketsChangeNothing() throws {
    let header = [UInt8](repeating: 7, count: 12)
    let address = header + [8, 6] + [UInt8](repeating: 0, count: 28)
    let datagram: [UInt8] =
      header + [8, 0] + [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17] + [UInt8](repeating: 0, count: 18)
    let others = [address, datagram].map { CaptureBuilder.Packet(time: 5, bytes: $0) }
    #expect(try report(pcap(conversation().packets + others)).verdict == .holds)
  }

  @Test func lossesNotedAtPacketsCount() throws {
    let packets = conversation().packets
    let report = try report(
      CaptureBuilder.pcapng(packets, linkType: 1, isLittleEndian: false, lostBefore: 2))
    #expect(report.verdict == .incomplete)
    #expect(report.reasons.contains { $0.hasPrefix("\(packets.count * 2) packets were lost") })
  }

  @Test func aServerThatIsNotThereIsSaid() throws {
    let report = try report(conversation(), servers: ["10.0.0.2:4001", "localhost:4001"])
    #expect(report.verdict == .incomplete)
    #expect(report.reasons.contains { $0.contains("localhost:4001") })
  }
}
