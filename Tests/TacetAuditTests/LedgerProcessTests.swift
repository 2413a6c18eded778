import Foundation
import TacetLog
import TacetPrivacy
import Testing

@testable import TacetAudit

/// The ledger as other processes use it: killed in mid-run, several at once, on a disk that is full.
@Suite(.enabled(if: TacetCommand.executable != nil), .serialized)
final class LedgerProcessTests {
  private struct Acknowledgement: Decodable {
    let release: String
    let granted: Bool
    let index: UInt64?
  }

  private let state = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-state-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
    // Room for more releases of radius 1 at scale 64 (μ² = 2^-10) than any test charges.
    #expect(try TacetCommand.run(ledger("budget", "--epsilon", "40", "--delta", "1e-6")).status == 0)
  }

  deinit {
    try? FileManager.default.removeItem(at: state)
  }

  private func ledger(_ verb: String, _ arguments: String...) -> [String] {
    ["ledger", verb, "--state", state.path, "--device", "cam"] + arguments
  }

  private func charge(_ input: URL) -> [String] {
    ledger("charge", "--radius", "1", "--scale", "64", "--input", input.path)
  }

  private func input(_ name: String, count: Int) throws -> URL {
    let file = state.appendingPathComponent("\(name).jsonl")
    // Long names, so that one read brings a few hundred lines and a run takes several commits.
    let padding = String(repeating: "x", count: 200)
    try Data((0..<count).map { "{\"release\":\"\(name)-\($0)-\(padding)\"}\n" }.joined().utf8).write(to: file)
    return file
  }

  /// The whole lines of an output that may have been cut.
  private func acknowledgements(_ output: Data) throws -> [Acknowledgement] {
    let whole = output.prefix(upTo: (output.lastIndex(of: 0x0A) ?? output.startIndex))
    return try whole.split(separator: 0x0A).map { try JSONDecoder().decode(Acknowledgement.self, from: $0) }
  }

  /// The ledger verifies, and has each acknowledged release where the acknowledgement says.
  private func expectHolds(with acknowledged: [Acknowledgement]) async throws -> LedgerVerification {
    let folder = state.appendingPathComponent("ledger")
    let ledger = try PrivacyLedger.open(folder: folder, create: false)
    let found = try LedgerVerifier(key: NoteVerifier(ledger.verifierKey)).verify(
      file: folder.appendingPathComponent("ledger.sqlite"))
    #expect(found.findings == [])
    let entries = try await ledger.entries(count: .max)
    for line in acknowledged where line.granted {
      let index = try #require(line.index.flatMap(Int.init(exactly:)))
      try #require(entries.indices.contains(index))
      let entry = entries[index]
      #expect(entry.index == line.index)
      guard case .charge(let terms) = entry.content else { throw CocoaError(.fileReadCorruptFile) }
      #expect(terms.release == line.release)
    }
    return found
  }

  @Test func killedInMidRunNothingAcknowledgedIsLost() async throws {
    var acknowledged: [Acknowledgement] = []
    for round in 0..<3 {
      let process = try TacetCommand.process(charge(input("round\(round)", count: 2000)))
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      // The first answers are there, thousands are not.
      let first = output.fileHandleForReading.availableData
      kill(process.processIdentifier, SIGKILL)
      let rest = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal)
      let lines = try acknowledgements(first + rest)
      #expect(!lines.isEmpty)
      #expect(lines.count < 2000)
      acknowledged += lines
    }
    let found = try await expectHolds(with: acknowledged)
    #expect(found.size > UInt64(acknowledged.count))
  }

  @Test func twoProcessesShareOneBudget() async throws {
    // ε = 0.5 leaves room for some charges only; both processes want 1,000.
    #expect(try TacetCommand.run(ledger("budget", "--epsilon", "0.5", "--delta", "1e-6")).status == 0)
    let limit = try Budget(epsilon: 0.5, delta: 1e-6, window: nil).limit.units
    let allowed = Int(limit / (try ReleaseParameters(radius: 1, scale: 64).cost.units))
    #expect((1..<1000).contains(allowed))

    let outputs = [state.appendingPathComponent("out0"), state.appendingPathComponent("out1")]
    let processes = try outputs.enumerated().map { number, output in
      let process = try TacetCommand.process(charge(input("process\(number)", count: 1000)))
      try Data().write(to: output)
      process.standardOutput = try FileHandle(forWritingTo: output)
      try process.run()
      return process
    }
    for process in processes {
      process.waitUntilExit()
      #expect(process.terminationStatus == 1)
    }
    let lines = try outputs.flatMap { try acknowledgements(Data(contentsOf: $0)) }
    #expect(lines.count == 2000)
    #expect(lines.count(where: \.granted) == allowed)
    let found = try await expectHolds(with: [])
    #expect(found.devices.map(\.charges) == [UInt64(allowed)])
    #expect(found.devices.map(\.isExhausted) == [true])
  }

  @Test func aFullDiskIsAnErrorAndGrantsNothing() async throws {
    // The file size limit in blocks of 512 bytes stands in for the disk; SIGXFSZ ignored, so that writes fail instead.
    let result = try TacetCommand.run(
      charge(input("full", count: 2000)), prelude: "trap '' XFSZ; ulimit -f 600")
    #expect(result.status == 74)
    let lines = try acknowledgements(result.output)
    #expect(lines.count < 2000)
    let found = try await expectHolds(with: lines)
    #expect(found.size == UInt64(lines.count) + 1)
  }

  @Test func statusesOfTheCommand() throws {
    let one = ["--radius", "1", "--scale", "64", "--release", "r"]
    func status(_ verb: String, _ arguments: [String], state: String? = nil) throws -> Int32 {
      try TacetCommand.run(["ledger", verb, "--state", state ?? self.state.path] + arguments).status
    }
    #expect(try status("charge", ["--device", "cam"] + one) == 0)
    #expect(try status("charge", ["--device", "other"] + one) == 1)
    #expect(try status("charge", ["--device", "c m"] + one) == 65)
    #expect(try status("charge", ["--device", "cam", "--radius", "0", "--scale", "64", "--release", "x"]) == 64)
    #expect(try status("charge", ["--device", "cam", "--input", "/nonexistent"]) == 66)
    #expect(try status("verify", []) == 0)
    #expect(try status("verify", [], state: "/nonexistent") == 66)
    #expect(try status("show", [], state: "/nonexistent") == 66)
    let key = state.appendingPathComponent("ledger/key.pub")
    let garbage = state.appendingPathComponent("garbage")
    try Data(repeating: 7, count: 5000).write(to: garbage)
    #expect(try status("verify", ["--file", garbage.path, "--key", key.path]) == 65)
    #expect(try status("charge", ["--device", "cam", "--radius", "1", "--scale", "64", "--input", garbage.path]) == 65)
  }
}
