import Foundation
import Testing

/// `tacet verify wire` on what dumpcap records of a link, beside what tshark reads in it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct VerifyWireTests {
  private static let dumpcap = URL(fileURLWithPath: "/usr/bin/dumpcap")
  private static let tshark = URL(fileURLWithPath: "/usr/bin/tshark")

  /// Records a port of the loopback interface until it is stopped.
  private final class Capture {
    private let process = Process()

    init(port: Int, file: URL) async throws {
      process.executableURL = VerifyWireTests.dumpcap
      process.arguments = ["-q", "-i", "lo", "-f", "tcp port \(port)", "-w", file.path]
      process.standardError = FileHandle.nullDevice
      try #require(
        FileManager.default.isExecutableFile(atPath: VerifyWireTests.dumpcap.path),
        "dumpcap is not there: Scripts/bootstrap --test installs it")
      try process.runUnblocked()
      let begins = await Patience.wait {
        ((try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? Int ?? 0) > 0
      }
      try #require(begins && process.isRunning, "dumpcap may not capture here: run as root, or join its group")
      try await Task.sleep(for: .milliseconds(300))
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    func stop() async throws {
      // What was sent last is in the file a moment later.
      try await Task.sleep(for: .seconds(1))
      process.interrupt()
      let ends = await Patience.wait { !process.isRunning }
      try #require(ends, "dumpcap does not stop")
    }
  }

  private func wire(_ arguments: String...) async throws -> Tacet.Result {
    try await Tacet.run(Tacet.executable, ["verify", "wire", "--format", "json"] + arguments)
  }

  /// How many records of each size, header included, tshark finds from and to a port.
  private func records(_ file: URL, port: Int) async throws -> (requests: [Int: Int], replies: [Int: Int]) {
    let found = try await Tacet.run(
      Self.tshark,
      [
        "-r", file.path, "-d", "tcp.port==\(port),tls", "-Y", "tls.record", "-T", "fields", "-e", "tcp.srcport", "-e",
        "tls.record.length",
      ])
    var (requests, replies) = ([Int: Int](), [Int: Int]())
    for line in found.output.split(separator: "\n") {
      let parts = line.split(separator: "\t")
      guard parts.count == 2 else { continue }
      for size in parts[1].split(separator: ",").compactMap({ Int($0) }).map({ $0 + 5 }) {
        if parts[0] == "\(port)" { replies[size, default: 0] += 1 } else { requests[size, default: 0] += 1 }
      }
    }
    return (requests, replies)
  }

  private func sizes(_ report: [String: Any], _ key: String) throws -> [Int: Int] {
    var found: [Int: Int] = [:]
    for flow in try #require(report["flows"] as? [[String: Any]]) {
      for signature in try #require(flow[key] as? [[String: Any]]) {
        for size in try #require(signature["sizes"] as? [Int]) {
          found[size, default: 0] += try #require(signature["exchanges"] as? Int)
        }
      }
    }
    return found
  }

  /// A gateway's link, asked by the prober. No verdict of this test rests on chance: without labels sizes and deadlines alone are
  /// judged.
  @Test func aLinkAsAnObserverSeesIt() async throws {
    let bench = try await Bench()
    let policy = try bench.writePolicy(replacing: [
      "tick: 200ms": "tick: 100ms", "prepare: 25ms": "prepare: 2ms", "deadline: 70ms": "deadline: 20ms",
      "jitter: 20ms": "jitter: 2ms",
    ])
    let node = try await RunningNode(configuration: try bench.writeGateway())
    defer { node.stop() }
    let file = bench.file("capture.pcapng")
    let capture = try await Capture(port: node.link, file: file)
    let probe = try await Tacet.run(
      "verify", "timing", "--target", "127.0.0.1:\(node.link)", "--expect", "gateway/gateway-1", "--policy",
      policy.path, "--identity", bench.identity("controller/site-1").path, "--exchanges", "20", "--format", "json")
    #expect([0, 1].contains(probe.status), "\(probe.errors)")
    try await capture.stop()

    let result = try await wire("--capture", file.path, "--policy", policy.path)
    let report = try result.json()
    #expect(result.status == 0 && report["holds"] as? Bool == true, "\(result.output)")
    #expect(report["verdict"] as? String == "holds" && report["labelled"] as? Bool == false)
    // Every record of a message's size is one for tshark too, and there is no other than the handshake's.
    let (requests, replies) = try await records(file, port: node.link)
    let counts = try (sizes(report, "request_sizes"), sizes(report, "reply_sizes"))
    #expect(counts.0 == [1046: requests[1046] ?? 0] && counts.1 == [1046: replies[1046] ?? 0])
    #expect((requests[1046] ?? 0) >= 60, "\(requests)")

    // The same under an expectation that the node does not meet.
    let other = try await wire("--capture", file.path, "--message-bytes", "1023")
    #expect(other.status == 1)
    #expect(try other.json()["verdict"] as? String == "leaks")
    let nobody = try await wire("--capture", file.path, "--server", "127.0.0.1:1")
    #expect(nobody.status == 1)
    #expect(try nobody.json()["verdict"] as? String == "incomplete")
    // Without a policy nobody says that deadlines were looked at.
    let text = try await Tacet.run("verify", "wire", "--capture", file.path, "--message-bytes", "1024")
    #expect(text.output.contains("no labels: sizes alone were judged"), "\(text.output)")
  }

  @Test func whatCannotBeReadHasItsStatus() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-wire-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let bad = folder.appendingPathComponent("bad.pcapng")
    try Data("GET / HTTP/1.1".utf8).write(to: bad)
    let labels = folder.appendingPathComponent("labels.jsonl")
    try Data("{}\n".utf8).write(to: labels)
    #expect(try await wire("--capture", bad.path).status == 65)
    #expect(try await wire("--capture", bad.path, "--labels", labels.path).status == 65)
    #expect(try await wire("--capture", folder.appendingPathComponent("none").path).status == 66)
    #expect(try await wire("--capture", bad.path, "--labels", folder.appendingPathComponent("none").path).status == 66)
    let empty = folder.appendingPathComponent("empty.jsonl")
    try Data().write(to: empty)
    #expect(try await wire("--capture", bad.path, "--labels", empty.path).status == 65)
    #expect(try await wire("--capture", folder.path).status == 66)
    #expect(try await wire("--capture", bad.path, "--labels", folder.path).status == 66)
    #expect(try await wire("--capture", bad.path, "--policy", folder.path).status == 66)
    #expect(try await wire("--capture", bad.path, "--policy", "p", "--message-bytes", "1").status == 64)
    #expect(try await wire("--capture", bad.path, "--preamble", "0").status == 64)
  }
}
