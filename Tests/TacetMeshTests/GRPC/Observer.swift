import Foundation

/// Somebody who sees every byte on the loopback interface, by dumpcap and tshark.
final class Observer {
  /// The sizes of the TLS records of one request and of its reply, headers included.
  struct Exchange: Hashable {
    var request: [Int] = []
    var reply: [Int] = []
  }

  private static let dumpcap = "/usr/bin/dumpcap"
  private static let tshark = "/usr/bin/tshark"
  private let port: Int
  private let file: URL
  private let capture: Command

  /// Without an observer there is nothing to say about what is seen.
  struct Missing: Error, CustomStringConvertible {
    let description = "needs dumpcap and tshark (Scripts/bootstrap --test), and root to capture"
  }

  private static var isPermitted: Bool {
    [dumpcap, tshark].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) } && geteuid() == 0
  }

  /// Begins to observe what goes to and from a port.
  /// - Throws: ``Missing`` where the programs are not there or may not capture.
  init(port: Int) async throws {
    guard Self.isPermitted else { throw Missing() }
    self.port = port
    file = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString).pcapng")
    capture = try Command(Self.dumpcap, ["-i", "lo", "-f", "tcp port \(port)", "-w", file.path])
    _ = await eventually { [capture] in capture.said.contains("File:") }
  }

  deinit { capture.interrupt() }

  /// Ends observing.
  /// - Returns: the exchanges in order, of a client that asks one after the other: a new one begins with each record from the client
  ///   after one from the server; what the client says last has no reply.
  func exchanges() async throws -> [Exchange] {
    // What the kernel has seen reaches the file a moment later.
    try await Task.sleep(for: .seconds(1))
    capture.interrupt()
    _ = try await capture.end()
    defer { try? FileManager.default.removeItem(at: file) }
    let reading = try Command(
      Self.tshark,
      [
        "-r", file.path, "-d", "tcp.port==\(port),tls", "-Y", "tls.record", "-T", "fields", "-e", "tcp.srcport", "-e",
        "tls.record.length",
      ])
    var exchanges: [Exchange] = []
    for line in try await reading.end().output.split(separator: "\n") {
      let parts = line.split(separator: "\t")
      guard parts.count == 2, let source = Int(parts[0]) else { continue }
      let sizes = parts[1].split(separator: ",").compactMap { Int($0) }.map { $0 + 5 }
      if source == port, !exchanges.isEmpty {
        exchanges[exchanges.count - 1].reply += sizes
      } else if let last = exchanges.last, last.reply.isEmpty {
        exchanges[exchanges.count - 1].request += sizes
      } else {
        exchanges.append(Exchange(request: sizes))
      }
    }
    return exchanges.filter { !$0.reply.isEmpty }
  }
}
