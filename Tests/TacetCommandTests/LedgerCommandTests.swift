import Foundation
import Testing

/// The ledger's commands from outside: proofs, exports, kept checkpoints, and disks that are full or read-only.
@Suite final class LedgerCommandTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-cli-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func ledger(_ arguments: String..., state: String? = nil) async throws -> Tacet.Result {
    try await Tacet.run(
      Tacet.executable, ["ledger"] + arguments + ["--state", state ?? folder.appendingPathComponent("state").path])
  }

  private func charge(_ releases: String..., state: String? = nil) async throws -> Int32 {
    var status: Int32 = 0
    for release in releases {
      status = try await ledger(
        "charge", "--device", "cam", "--radius", "1", "--scale", "64", "--release", release, state: state
      ).status
    }
    return status
  }

  private func makeLedger(state: String? = nil) async throws {
    #expect(
      try await ledger("budget", "--device", "cam", "--epsilon", "40", "--delta", "1e-6", state: state).status == 0)
    #expect(try await charge("a", "b", "c", state: state) == 0)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  @Test func keptCheckpointsCatchARollbackAndACutTail() async throws {
    try await makeLedger()
    let early = try await ledger("checkpoint").output
    try Data(early.utf8).write(to: URL(fileURLWithPath: path("early")))
    try FileManager.default.copyItem(atPath: path("state"), toPath: path("copy"))
    #expect(try await ledger("export", "--out", path("export")).status == 0)
    #expect(try await charge("d") == 0)
    try Data(try await ledger("checkpoint").output.utf8).write(to: URL(fileURLWithPath: path("late")))
    #expect(try await ledger("verify", "--previous", path("early")).status == 0)
    #expect(try await ledger("verify", "--previous", path("export")).status == 0)
    #expect(try await ledger("verify", "--checkpoint", path("late"), "--previous", path("early")).status == 0)
    // The old folder put back, and an export from before: the later checkpoint refuses both.
    #expect(try await ledger("verify", "--previous", path("late"), state: path("copy")).status == 1)
    let found = try await ledger(
      "verify", "--file", path("export"), "--key", path("state/ledger/key.pub"), "--checkpoint", path("late"),
      "--format", "json")
    #expect(found.status == 1)
    let findings = try #require(try found.json()["findings"] as? [[String: Any]])
    #expect(findings.map { $0["kind"] as? String } == ["rolled_back"])
  }

  @Test func exportsAndProofsRefuseWhatIsNotThere() async throws {
    try await makeLedger()
    #expect(try await ledger("export", "--out", path("export")).status == 0)
    #expect(try await ledger("export", "--out", path("export")).status == 74)
    #expect(try await ledger("export", "--out", path("no/such/folder")).status == 74)
    #expect(try await ledger("export", "--out", path("other"), state: path("nowhere")).status == 66)
    #expect(try await ledger("prove", "--index", "3").status == 0)
    #expect(try await ledger("prove", "--index", "4").status == 65)
    #expect(try await ledger("prove", "--from", "4").status == 0)
    #expect(try await ledger("prove", "--from", "5").status == 65)
    #expect(try await ledger("prove").status == 64)
    #expect(try await ledger("prove", "--index", "-1").status == 64)
    #expect(try await ledger("prove", "--index", "1", state: path("nowhere")).status == 66)
    let proof = try await ledger("prove", "--index", "2", "--format", "json").json()
    #expect(proof["size"] as? Int == 4)
    #expect((proof["hashes"] as? [String])?.count == 2)
    #expect((proof["leaf"] as? String)?.contains("\"release\":\"b\"") == true)
  }

  /// Stream windows by flags and by lines, told apart in every report, and found when they are tampered with.
  @Test func streamWindows() async throws {
    try await makeLedger()
    let flags = [
      "--device", "cam", "--unit", "contribution", "--sensitivity", "13", "--scale", "16", "--steps", "2880",
    ]
    func charge(_ more: String...) async throws -> Tacet.Result {
      try await Tacet.run(Tacet.executable, ["ledger", "charge", "--state", path("state")] + flags + more)
    }
    let answer = try await charge("--dimension", "6", "--release", "monday", "--format", "json").json()
    #expect(answer["granted"] as? Bool == true && answer["index"] as? Int == 4)
    #expect((answer["delta_slack"] as? Double ?? 0) > 0)
    #expect(try await charge("--radius", "1", "--release", "x").status == 64)
    #expect(try await charge("--unit", "any-input", "--release", "x").status == 64)
    #expect(try await charge("--sensitivity", "0", "--release", "x").status == 64)
    #expect(try await charge("--steps", "-1", "--release", "x").status == 64)
    try Data(
      #"""
      {"release":"tuesday"}
      {"release":"wednesday","sensitivity":1,"steps":10}
      {"release":"one","unit":"any-input","radius":1,"dimension":6}
      {"release":"not","radius":1}
      """#.utf8
    ).write(to: URL(fileURLWithPath: path("lines")))
    let lines = try await charge("--dimension", "6", "--input", path("lines"))
    #expect(lines.status == 65 && lines.errors.contains("line 4"), "\(lines.errors)")
    #expect(lines.output.split(separator: "\n").count == 3)
    #expect(lines.output.split(separator: "\n").allSatisfy { $0.contains("\"delta_slack\":") })
    let shown = try await ledger("show", "--device", "cam", "--format", "json").json()
    #expect(shown["unit"] as? String == "contribution")
    let units = try #require(shown["units"] as? [[String: Any]])
    #expect(units.map { $0["charges"] as? Int } == [4, 3])
    let proof = try await ledger("prove", "--index", "6", "--format", "json").json()
    #expect((proof["leaf"] as? String)?.contains(#""sensitivity":1,"steps":10,"#) == true)
    #expect(try await ledger("export", "--out", path("export")).status == 0)
    let text = try String(contentsOfFile: path("export"), encoding: .utf8)
    try text.replacing(#""sensitivity":13"#, with: #""sensitivity":11"#, maxReplacements: 1)
      .write(toFile: path("export"), atomically: true, encoding: .utf8)
    let holds = try await ledger("verify")
    #expect(holds.status == 0)
    // None of the three windows says what its sensitivity follows from.
    let words = "3 stream windows name no filter, passages and bound: their sensitivity is as the ledger says"
    #expect(holds.output.contains(words), "\(holds.output)")
    let found = try await ledger(
      "verify", "--file", path("export"), "--key", path("state/ledger/key.pub"), "--format", "json")
    #expect(found.status == 1)
    #expect(try found.json()["first_wrong_index"] as? Int == 4)
    #expect(try found.json()["stated_windows"] as? Int == 3)
  }

  /// Windows that name filter, passages and bound: their sensitivity follows, and whatever does not go with it is refused.
  @Test func windowsThatNameTheirFilter() async throws {
    try await makeLedger()
    func charge(_ more: [String], input: String? = nil) async throws -> Tacet.Result {
      if let input { try Data(input.utf8).write(to: URL(fileURLWithPath: path("lines"))) }
      let flags = ["--state", path("state"), "--device", "cam", "--unit", "contribution", "--scale", "64"]
      return try await Tacet.run(
        Tacet.executable,
        ["ledger", "charge"] + flags + ["--steps", "9"] + more + (input == nil ? [] : ["--input", path("lines")]))
    }
    func entry(_ index: Int) async throws -> String {
      try await ledger("prove", "--index", "\(index)", "--format", "json").json()["leaf"] as? String ?? ""
    }
    let one = ["--passages", "1", "--bound", "1"]
    let window = ["--filter", "10,6,4,2,1", "--passages", "2", "--bound", "3"]
    #expect(try await charge(window + ["--release", "monday"]).status == 0)
    // √(4 · 3 · 157) = 43.4, rounded up.
    let named = #""filter":"10 6 4 2 1","index":4,"kind":"charge","passages":2,"#
    let monday = try await entry(4)
    #expect(monday.hasPrefix(#"{"bound":3,"cost":"#) && monday.contains(named), "\(monday)")
    #expect(monday.contains(#""sensitivity":44,"steps":9,"#))
    for (number, filter) in ["[10, 6, 4, 2, 1]", "-3,0,2"].enumerated() {
      let result = try await charge(["--filter=\(filter)", "--release", "f\(number)"] + one)
      #expect(result.status == 0, "\(result.errors)")
    }
    let signed = try await entry(6)
    #expect(signed.contains(#""filter":"-3 0 2""#) && signed.contains(#""sensitivity":4,"#), "\(signed)")
    for flags in [
      ["--filter", "10,6"], ["--filter", "10,6", "--passages", "1"], one, ["--filter", "10,six"] + one,
      ["--filter", ""] + one, ["--filter", "0,0"] + one, ["--filter", "10", "--passages", "17", "--bound", "1"],
      ["--filter", "10", "--passages", "1", "--bound", "0"], ["--filter", "3,4", "--sensitivity", "6"] + one,
    ] {
      for last in [["--release", "x"], ["--input", path("nothing")]] {
        let result = try await charge(flags + last)
        #expect(result.status == 64, "\(flags) \(last) \(result.errors)")
      }
    }
    let anyInput = try await ledger(
      "charge", "--device", "cam", "--radius", "1", "--scale", "64", "--filter", "1", "--release", "x")
    #expect(anyInput.status == 64)
    // Lines: a filter of its own, one that changes a default, a sensitivity of its own, and one that is the filter's.
    let lines = try await charge(
      ["--filter", "3,4"] + one,
      input: #"""
        {"release":"line-a"}
        {"release":"line-b","filter":[6,8],"bound":4}
        {"release":"line-c","sensitivity":7}
        {"release":"line-d","filter":[3,4],"sensitivity":5}
        {"release":"line-e","unit":"any-input","radius":1}
        {"release":"line-f","filter":[3,4],"sensitivity":6}
        """#)
    #expect(lines.status == 65 && lines.errors.contains("line 6"), "\(lines.errors)")
    #expect(lines.output.split(separator: "\n").count == 5)
    for (index, parts) in [
      (7, [#""filter":"3 4""#, #""sensitivity":5,"#]),
      (8, [#"{"bound":4,"#, #""filter":"6 8""#, #""sensitivity":20,"#]),
      (10, [#""filter":"3 4""#, #""sensitivity":5,"#]),
    ] {
      for part in parts { #expect(try await entry(index).contains(part), "\(index): \(part)") }
    }
    let own = try await entry(9)
    #expect(own.contains(#""sensitivity":7,"#) && !own.contains("filter"), "\(own)")
    #expect(try await charge([], input: #"{"release":"g","filter":[3,4]}"#).status == 65)
    #expect(try await ledger("verify").status == 0)
    // ledger verify computes it anew.
    #expect(try await ledger("export", "--out", path("export")).status == 0)
    let text = try String(contentsOfFile: path("export"), encoding: .utf8)
    try text.replacing(#""filter":"3 4""#, with: #""filter":"3 5""#, maxReplacements: 1)
      .write(toFile: path("export"), atomically: true, encoding: .utf8)
    let found = try await ledger(
      "verify", "--file", path("export"), "--key", path("state/ledger/key.pub"), "--format", "json")
    #expect(try found.status == 1 && found.json()["first_wrong_index"] as? Int == 7)
  }

  /// What an individual loses past one and several devices, as long as all charges are of windows.
  @Test func tripsAreShown() async throws {
    #expect(try await ledger("budget", "--device", "cam", "--epsilon", "8", "--delta", "1e-6").status == 0)
    func show() async throws -> [String: Any] { try await ledger("show", "--device", "cam", "--format", "json").json() }
    #expect(try await show()["trips"] == nil)
    let window = ["--unit", "contribution", "--sensitivity", "13", "--scale", "16", "--steps", "9", "--release", "w"]
    let flags = ["ledger", "charge", "--device", "cam", "--state", path("state")]
    #expect(try await Tacet.run(Tacet.executable, flags + window).status == 0)
    let trips = try #require(try await show()["trips"] as? [[String: Any]])
    #expect(trips.map { $0["devices"] as? Int } == [1, 2, 4, 8])
    #expect(trips.allSatisfy { $0["delta"] as? Double == 1e-6 })
    let (mu, epsilon) = (trips.compactMap { $0["mu"] as? Double }, trips.compactMap { $0["epsilon"] as? Double })
    #expect(zip(mu, [1.0, 2, 4, 8]).allSatisfy { abs($0 - 13 / 16.0 * $1.squareRoot()) < 1e-9 })
    #expect(abs(epsilon[0] - 3.86412) < 1e-5 && abs(epsilon[2] - 8.57925) < 1e-5)
    let text = try await ledger("show", "--device", "cam").output
    let line = "one individual in a window like the last: epsilon 3.8641 at delta 1e-06, past 2, 4, 8 such devices "
    #expect(text.contains(line), "\(text)")
    #expect(try await charge("one") == 0)
    #expect(try await show()["trips"] == nil)
  }

  @Test func windowAndLifetimeAreBothShown() async throws {
    try await makeLedger()
    #expect(
      try await ledger("budget", "--device", "cam", "--epsilon", "2", "--delta", "1e-6", "--window", "24h").status == 0)
    let shown = try await ledger("show", "--device", "cam", "--format", "json").json()
    let budgets = try #require(shown["budgets"] as? [[String: Any]])
    #expect(budgets.map { $0["epsilon"] as? Double } == [2, 40])
    #expect(budgets.map { $0["window_seconds"] as? Int } == [86400, nil])
    let odometer = try #require(shown["lifetime_odometer"] as? [String: Any])
    #expect(try #require(odometer["epsilon"] as? Double) > 0)
    #expect(try #require(odometer["delta_slack"] as? Double) > 0)
    #expect(try await ledger("show").output.contains("the budgets are the guarantee"))
  }

  /// A real disk that is full, and one that may only be read: needs the right to mount.
  @Test(.enabled(if: Mount.isPermitted)) func aFullOrReadOnlyDiskGrantsNothing() async throws {
    let disk = try Mount(at: folder.appendingPathComponent("disk"), megabytes: 2)
    defer { disk.remove() }
    let state = disk.folder.appendingPathComponent("state").path
    try await makeLedger(state: state)
    let filler = disk.folder.appendingPathComponent("filler")
    var refused: Tacet.Result?
    try Data(repeating: 7, count: disk.freeBytes).write(to: filler)
    var granted = ["a", "b", "c"]
    // What SQLite has already on disk may take a few more.
    for number in 0..<200 where refused == nil {
      let result = try await ledger(
        "charge", "--device", "cam", "--radius", "1", "--scale", "64", "--release", "full-\(number)", state: state)
      if result.status == 0 { granted.append("full-\(number)") } else { refused = result }
    }
    #expect(refused?.status == 74)
    #expect(refused?.errors.contains("nothing was granted") == true)
    // With room again everything acknowledged is there and nothing else, and it goes on.
    try FileManager.default.removeItem(at: filler)
    let shown = try await ledger("show", "--device", "cam", "--format", "json", state: state).json()
    #expect(shown["charges"] as? Int == granted.count)
    #expect(try await ledger("verify", state: state).status == 0)
    #expect(try await charge("after", state: state) == 0)
    try disk.makeReadOnly()
    let denied = try await ledger(
      "charge", "--device", "cam", "--radius", "1", "--scale", "64", "--release", "late", state: state)
    #expect(denied.status == 74)
    #expect(denied.errors.contains("writable"))
  }
}

/// A small file system of its own.
private struct Mount {
  let folder: URL

  /// Whether this user may mount.
  static let isPermitted: Bool = {
    #if os(Linux)
      let place = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-mount-\(UUID().uuidString)")
      guard getuid() == 0, let disk = try? Mount(at: place, megabytes: 1) else { return false }
      disk.remove()
      try? FileManager.default.removeItem(at: place)
      return true
    #else
      return false
    #endif
  }()

  init(at folder: URL, megabytes: Int) throws {
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Self.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", folder.path)
  }

  var freeBytes: Int {
    get throws {
      let attributes = try FileManager.default.attributesOfFileSystem(forPath: folder.path)
      return (attributes[.systemFreeSize] as? NSNumber)?.intValue ?? 0
    }
  }

  func makeReadOnly() throws {
    try Self.run("mount", "-o", "remount,ro", folder.path)
  }

  func remove() {
    try? Self.run("umount", "-l", folder.path)
  }

  private static func run(_ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteNoPermission) }
  }
}
