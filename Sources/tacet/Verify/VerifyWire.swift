import ArgumentParser
import Foundation
import TacetAudit
import TacetPolicy

/// `tacet verify wire`: what an observer of the network learns, from a capture.
struct VerifyWire: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wire", abstract: "Look for what a capture of the network gives away.",
    discussion: """
      Reads a capture (pcap or pcapng), puts the TLS connections in it together and looks at sizes, directions and times of their
      records. After a connection's beginning every message of a direction must have the same records; with a policy, of its
      message.bytes on links, and no reply may come before its deadline, nor more than a hundredth long after it. With labels, which `tacet node run --trace-labels`
      writes in tests, nothing may tell the hidden classes apart: not to classifiers, and not by mutual information, distributions or
      means. Exit status 0 when it holds; 1 when it leaks, or the capture is incomplete or too short to tell.

      EXAMPLES
        dumpcap -i lo -f 'tcp port 4001' -w mesh.pcapng
        tacet verify wire --capture mesh.pcapng --policy policy.yaml
        tacet verify wire --capture mesh.pcapng --policy policy.yaml --labels labels.jsonl --alpha 1e-9
      """)

  @Option(help: ArgumentHelp("The capture.", valueName: "file"))
  var capture: String

  @Option(help: ArgumentHelp("The hidden class of each exchange; may be repeated.", valueName: "file"))
  var labels: [String] = []

  @Option(help: ArgumentHelp("The policy in force: sizes, deadline and slots.", valueName: "file"))
  var policy: String?

  @Option(help: ArgumentHelp("message.bytes, where there is no policy file.", valueName: "bytes"))
  var messageBytes: Int?

  @Option(
    help: ArgumentHelp(
      "The address that was asked, HOST:PORT; may be repeated (default: those of the labels, or all).",
      valueName: "address"))
  var server: [String] = []

  @Option(
    help: ArgumentHelp(
      "A class to compare with nothing, few as it is: late answers of a machine that was busy for a moment; may be repeated.",
      valueName: "class"))
  var setAside: [String] = []

  @Option(help: "The most records of a direction before a connection's first message; a link has its own.")
  var preamble = WireExpectation().longestPreamble

  @OptionGroup var strictness: LeakOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard policy == nil || messageBytes == nil else {
      throw ValidationError("--policy says what --message-bytes would: give one")
    }
    guard messageBytes.map({ (1...(1 << 20)).contains($0) }) ?? true else {
      throw ValidationError("--message-bytes is 1 to 1048576")
    }
    guard (1...64).contains(preamble) else { throw ValidationError("--preamble is 1 to 64") }
  }

  func run() async throws {
    var settings = WireSettings()
    settings.servers = Set(server)
    settings.setAside = Set(setAside)
    settings.leaks = strictness.settings(parts: 1)
    settings.expectation = try expectation()
    let labels = try labels.flatMap { try WireLabels.read(URL(fileURLWithPath: $0)) }
    let found = try WireCapture.read(URL(fileURLWithPath: capture))
    let report = WireVerification(capture: found, labels: labels, settings: settings).report()
    try common.print(report, text: report.text)
    if !report.holds { throw DoesNotHold() }
  }

  private func expectation() throws -> WireExpectation {
    var expectation = WireExpectation(messageBytes: messageBytes)
    if let policy {
      let policy = try Policy.load(from: URL(fileURLWithPath: policy))
      expectation = WireExpectation(
        messageBytes: policy.message.bytes, deadline: policy.timing.deadline / .seconds(1),
        jitterCap: policy.timing.jitter.cap / .seconds(1),
        slot: policy.timing.tick / .seconds(1) / Double(policy.cover.slotsPerTick))
    }
    expectation.longestPreamble = preamble
    return expectation
  }
}

extension CaptureError: ReportedError {
  var exitStatus: ExitStatus {
    switch kind {
    case .missing: .missingInput
    case .malformed: .badInput
    case .inputOutput: .inputOutput
    }
  }
}
