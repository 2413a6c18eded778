import Foundation
import Testing

/// `tacet privacy epsilon` and `calibrate`: what comes in is anybody's, what goes out is exact or an error with its place.
@Suite struct PrivacyEpsilonTests {
  private static func epsilon(_ input: String, _ flags: String...) async throws -> Tacet.Result {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("epsilon-\(UUID().uuidString)")
    try Data(input.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try await Tacet.run(Tacet.executable, ["privacy", "epsilon", "--input", file.path] + flags)
  }

  @Test func aLineAnswersALine() async throws {
    let result = try await Self.epsilon(
      """
      {"releases":[{"sensitivity":2,"sigma":2,"count":4}]}
       { "delta" : 1e-5 , "releases" : [ {"sigma":1.0e0,"sensitivity":1} , {"sensitivity":0,"sigma":1} ] }
      {"releases":[]}
      """, "--delta", "1e-6")
    #expect(result.status == 0)
    let answers = try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Double])
    }
    #expect(answers.count == 3)
    #expect(abs(try #require(answers[0]["epsilon"]) - 10.9971512142) < 1e-8)
    #expect(try #require(answers[0]["mu"]) >= 2)
    #expect(answers[1]["delta"] == 1e-5)
    #expect(abs(try #require(answers[1]["epsilon"]) - 4.3771) < 1e-3)
    #expect(answers[2] == ["delta": 1e-6, "epsilon": 0, "mu": 0])
  }

  /// δ′ by its definition (Documentation/privacy.md): 24 · 8 · 64 units of 2⁻⁶² from the narrow table are above 1 % of δ at this
  /// ε, so the wide one is due; at ε = 4.4 they are not.
  @Test func dimensionsBringWhatTheTablesAdd() async throws {
    let result = try await Self.epsilon(
      """
      {"releases":[{"sensitivity":64,"sigma":64,"count":24,"dimension":8}]}
      {"releases":[{"sensitivity":64,"sigma":64,"dimension":8}]}
      {"releases":[{"sensitivity":64,"sigma":64,"count":24}]}
      """, "--delta", "1e-6")
    #expect(result.status == 0, "\(result.errors)")
    let answers = try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Double])
    }
    try #require(answers.count == 3)
    #expect(answers[0]["epsilon"] == answers[2]["epsilon"] && answers[2]["delta_slack"] == nil)
    let weight = 24.0 * 8 * 64
    let wide = try #require(answers[0]["delta_slack"])
    #expect(wide > 0 && wide < weight * 0x1p-62)
    let epsilon = try #require(answers[1]["epsilon"])
    let narrow = 8.0 * 64 * 0x1p-62 * (1 + exp(epsilon))
    #expect(abs(try #require(answers[1]["delta_slack"]) / narrow - 1) < 1e-6)
  }

  @Test(arguments: [
    #"{"releases":[{"sensitivity":64,"sigma":64,"dimension":8},{"sensitivity":64,"sigma":64}]}"#,
    #"{"releases":[{"sensitivity":64,"sigma":64},{"sensitivity":64,"sigma":64,"dimension":8}]}"#,
    #"{"releases":[{"sensitivity":64,"sigma":64,"dimension":0}]}"#,
    #"{"releases":[{"sensitivity":64,"sigma":64,"dimension":1e9}]}"#,
    #"{"releases":[{"sensitivity":63,"sigma":64,"dimension":8}]}"#,
    #"{"releases":[{"sensitivity":64,"sigma":64.5,"dimension":8}]}"#,
    #"{"releases":[{"sensitivity":64,"sigma":9,"dimension":8}]}"#,
    "", "x", "{", "[]", "{}", #"{"releases":1}"#, #"{"releases":[]}x"#, #"{"releases":[],"releases":[]}"#,
    #"{"releases":[{"sensitivity":1}]}"#, #"{"releases":[{"sensitivity":1,"sigma":0}]}"#,
    #"{"releases":[{"sensitivity":-1,"sigma":1}]}"#, #"{"releases":[{"sensitivity":NaN,"sigma":1}]}"#,
    #"{"releases":[{"sensitivity":1e999,"sigma":1}]}"#, #"{"releases":[{"sensitivity":1,"sigma":1,"count":1.5}]}"#,
    #"{"releases":[{"sensitivity":1,"sigma":1,"count":-1}]}"#, #"{"releases":[{"sensitivity":01,"sigma":1}]}"#,
    #"{"releases":[{"sensitivity":1,"sigma":1,"mean":1}]}"#, #"{"releases":[{"sensitivity":1.,"sigma":1}]}"#,
    #"{"releases":[{"sensitivity":1e308,"sigma":1e-308}]}"#, #"{"releases":[{"sensitivity":1e200,"sigma":1}]}"#,
    #"{"releases":[{"sensitivity":1,"sigma":1}],"delta":0}"#, #"{"releases":[{"sensitivity":1,"sigma":1}],"delta":1}"#,
    #"{"releases":[{"sensitivity":0x1,"sigma":1}]}"#, #"{"releases":[{"sensitivity":inf,"sigma":1}]}"#,
    "{\"releases\":[{\"sens\u{0}\":1}]}", "{\"releases\":[{\"sensitivity\":1,\"sigma\":1}]\u{0}}", "\u{FEFF}{}",
  ])
  func whatIsNoHistoryIsAnErrorWithItsLine(line: String) async throws {
    let good = #"{"releases":[{"sensitivity":1,"sigma":1}]}"#
    let result = try await Self.epsilon("\(good)\n\(line)\n\(good)\n", "--delta", "1e-6")
    #expect(result.status == 65)
    #expect(result.errors.contains("line 2"))
    // What came before is answered.
    #expect(result.output.split(separator: "\n").count == 1)
  }

  @Test("A full disk is exit 74, and says so", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() async throws {
    for command in [
      "privacy calibrate --epsilon 1 --delta 1e-6 --releases 1", "bench noise --scale 8 --seconds 0.001 --format json",
      "privacy epsilon --delta 1e-6 --input <(echo '{\"releases\":[]}')",
    ] {
      let result = try await Tacet.run(
        URL(fileURLWithPath: "/bin/bash"), ["-c", "\"$0\" \(command) > /dev/full", Tacet.executable.path])
      #expect(result.status == 74, "\(command)")
      #expect(result.errors.contains("No space left on device"), "\(command): \(result.errors)")
    }
  }

  @Test func deltaMustComeFromSomewhere() async throws {
    #expect(try await Self.epsilon(#"{"releases":[]}"#).status == 65)
    #expect(try await Self.epsilon(#"{"releases":[]}"#, "--delta", "2").status == 64)
    #expect(try await Tacet.run("privacy", "epsilon", "--delta", "1e-6", "--input", "/nonexistent").status == 66)
  }

  @Test func calibrateSaysWhatMayBeReleased() async throws {
    let result = try await Tacet.run(
      "privacy", "calibrate", "--epsilon", "8", "--delta", "1e-6", "--releases", "24", "--dimension", "32",
      "--format", "json")
    #expect(result.status == 0)
    let report = try result.json()
    let options = try #require(report["options"] as? [[String: Any]])
    let scales = options.compactMap { $0["scale"] as? Int }
    #expect(scales.prefix(4) == [8, 16, 32, 64])
    let fine = try #require(scales.dropFirst(4).first)
    #expect(options.prefix(4).allSatisfy { ($0["warning"] as? String)?.contains("--scale \(fine)") == true })
    #expect(options[4]["warning"] == nil)
    #expect(report["scale"] as? Int == fine)
    #expect(report["radius"] as? Int == options[4]["radius"] as? Int)
    for option in options { #expect(try #require(option["epsilon"] as? Double) <= 8) }
  }

  @Test("Without a dimension, what the tables add is for one number, and it says so")
  func calibrateOfAnyDimension() async throws {
    func text(_ flags: String...) async throws -> String {
      let budget = ["--epsilon", "8", "--delta", "1e-6", "--releases", "24", "--scale", "64"]
      return try await Tacet.run(Tacet.executable, ["privacy", "calibrate"] + budget + flags).output
    }
    #expect(try await text().contains("to δ for each number of a release"))
    #expect(try await !text("--dimension", "6").contains("for each number"))
  }

  @Test func calibrateRefuses() async throws {
    func status(_ flags: String...) async throws -> Int32 {
      try await Tacet.run(Tacet.executable, ["privacy", "calibrate"] + flags).status
    }
    #expect(try await status("--epsilon", "0.001", "--delta", "1e-9", "--releases", "100000") == 1)
    #expect(try await status("--epsilon", "0", "--delta", "1e-9", "--releases", "1") == 64)
    #expect(try await status("--epsilon", "nan", "--delta", "1e-9", "--releases", "1") == 64)
    #expect(try await status("--epsilon", "1", "--delta", "1", "--releases", "1") == 64)
    #expect(try await status("--epsilon", "1", "--delta", "1e-9", "--releases", "0") == 64)
    #expect(try await status("--epsilon", "1", "--delta", "1e-9", "--releases", "1", "--scale", "9") == 64)
    #expect(try await status("--epsilon", "1", "--delta", "1e-9", "--releases", "1", "--dimension", "0") == 64)
  }
}
