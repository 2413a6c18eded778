import Foundation
import Testing

/// `tacet verify refresh` and `tacet model`, from outside.
@Suite(.timeLimit(.minutes(5))) struct VerifyRefreshTests {
  private static func fixture(_ path: String) -> String {
    Tacet.project.appendingPathComponent("Fixtures/\(path)").path
  }

  private static let policy = Tacet.project.appendingPathComponent("Policies/traffic.yaml").path

  private func verify(_ recording: String, _ arguments: String...) async throws -> Tacet.Result {
    try await Tacet.run(
      Tacet.executable,
      [
        "verify", "refresh", "--model", Self.fixture("models/traffic-counts"), "--recording", Self.fixture(recording),
        "--policy", Self.policy, "--format", "json",
      ] + arguments)
  }

  /// What Documentation/refresh.md says, with one draw of the noise: the figure without noise, and under no attack more than the spread of
  /// the draws above the student as it was trained.
  @Test func theStudentOfAGrownCityGetsBetterAndNoAttackMakesItWorse() async throws {
    let result = try await verify(
      "traffic/grown.npy", "--every", "230", "--clip", "16", "--devices", "0-7", "--hold-out", "8-9", "--test", "10-11",
      "--draws", "1", "--byzantine", "2")
    let report = try result.json()
    #expect(result.status == (report["holds"] as? Bool == true ? 0 : 1))
    let before = try #require(report["mae_before"] as? Double)
    let rows = try #require(report["rows"] as? [[String: Any]])
    let errors = Dictionary(
      rows.map { ("\($0["attack"] ?? "")/\($0["noised"] ?? "")", $0["mae"] as? Double ?? .infinity) }
    ) { first, _ in first }
    // Without noise nothing is drawn: the figure of the documentation.
    let exact = try #require(errors["none/0"] ?? errors["none/false"])
    #expect(abs(before - 2.3568) < 0.001 && abs(exact - 2.3242) < 0.005, "\(errors)")
    for (attack, error) in errors { #expect(error < before + 0.005, "\(attack): \(error)") }
    for attack in [
      "sign-flip", "little-is-enough", "inner-product", "mimic", "gaussian", "collusion", "label-flip", "adaptive",
    ] {
      #expect(errors.keys.contains { $0.hasPrefix(attack) }, "no \(attack)")
    }
    #expect(report["rounds"] as? Int == 4 && report["devices"] as? Int == 8)
  }

  /// With noise, of 15 draws one at least gains. Of 120 draws five did not, and none was worse: if a draw gains nothing with probability 0.2
  /// at most, which those 120 would belie with 5e-7, that fails falsely with 3.3e-11.
  @Test func noisedSumsMakeTheStudentBetter() async throws {
    let result = try await verify(
      "traffic/grown.npy", "--every", "230", "--clip", "16", "--devices", "0-7", "--hold-out", "8-9", "--test", "10-11",
      "--draws", "15", "--byzantine", "0")
    let report = try result.json()
    let rows = try #require(report["rows"] as? [[String: Any]])
    #expect(rows.count == 2 && rows[1]["noised"] as? Bool == true)
    #expect(try #require(rows[1]["least"] as? Double) < #require(report["mae_before"] as? Double))
  }

  /// Where there is nothing to be gained the verdict is that nothing was.
  @Test func aStudentThatIsNotStaleIsNotMadeBetter() async throws {
    let result = try await verify(
      "traffic/test.npy", "--every", "115", "--clip", "16", "--devices", "0-0", "--hold-out", "1-1", "--test", "2-2",
      "--draws", "1", "--byzantine", "0")
    #expect(result.status == 1, "\(result.output) \(result.errors)")
    #expect(try result.json()["holds"] as? Bool == false)
  }

  @Test func whatDoesNotFitIsSaidWithItsStatus() async throws {
    let split = ["--devices", "0-7", "--hold-out", "8-9", "--test", "10-11"]
    let cases: [(Int32, String, [String])] = [
      (65, "traffic/grown.npy", split),  // A round of the policy is longer than eight hours.
      (65, "traffic/grown.npy", ["--every", "230", "--devices", "0-7", "--hold-out", "8-9", "--test", "10-12"]),
      (65, "traffic/grown.npy", ["--every", "230", "--clip", "20000"] + split),
      (64, "traffic/grown.npy", ["--every", "230", "--byzantine", "8"] + split),
      (64, "traffic/grown.npy", ["--devices", "7-0", "--hold-out", "8-9", "--test", "10-11"]),
      (64, "traffic/grown.npy", ["--every", "0"] + split), (64, "traffic/grown.npy", ["--clip", "0"] + split),
      (64, "traffic/grown.npy", ["--every", "230", "--devices", "0-7", "--hold-out", "8-8", "--test", "0-1"]),
      (64, "traffic/grown.npy", ["--every", "230", "--devices", "0-7", "--hold-out", "8-9", "--test", "9-10"]),
      (64, "traffic/grown.npy", ["--every", "230", "--devices", "0-7", "--hold-out", "7-8", "--test", "9-10"]),
      (66, "traffic/absent.npy", ["--every", "230"] + split),
    ]
    for (status, recording, arguments) in cases {
      let result = try await Tacet.run(
        Tacet.executable,
        [
          "verify", "refresh", "--model", Self.fixture("models/traffic-counts"), "--recording",
          Self.fixture(recording), "--policy", Self.policy,
        ] + arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.output.isEmpty)
    }
    let clinics = try await Tacet.run(
      Tacet.executable,
      [
        "verify", "refresh", "--model", Self.fixture("models/clinics"), "--recording", Self.fixture("clinics/test.npy"),
        "--policy", Self.policy,
      ] + split)
    #expect(clinics.status == 65 && clinics.errors.contains("features"), "\(clinics.errors)")
  }

  @Test func anAdministratorTakesAMeshBackToAnEarlierStudent() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-model-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (key, log) = (folder.appendingPathComponent("key").path, folder.appendingPathComponent("log").path)
    let pack = Self.fixture("models/traffic-counts")
    let made = try await Tacet.run("model", "key", "--name", "models.example", "--out", key)
    #expect(made.status == 0, "\(made.errors)")
    let again = try await Tacet.run("model", "key", "--name", "models.example", "--out", key)
    #expect(again.status == 74)
    let publish = ["model", "publish", "--log", log, "--key", key, "--model", pack, "--format", "json"]
    let first = try await Tacet.run(Tacet.executable, publish + ["--trained"])
    #expect(try first.json()["revision"] as? Int == 1, "\(first.errors)")
    let second = try await Tacet.run(Tacet.executable, publish + ["--revision", "1"])
    #expect(try second.json()["revision"] as? Int == 2)
    #expect(try await Tacet.run(Tacet.executable, publish + ["--revision", "9"]).status == 66)
    #expect(try await Tacet.run(Tacet.executable, publish + ["--revision", "1", "--trained"]).status == 64)

    let read = ["model", "log", "--log", log, "--key", key + ".pub"]
    let list = try await Tacet.run(Tacet.executable, read + ["--format", "json"])
    #expect((try list.json()["entries"] as? [[String: Any]])?.count == 2)
    let proof = try await Tacet.run(Tacet.executable, read + ["--prove", "traffic-counts"])
    #expect(proof.status == 0 && proof.output.hasPrefix("c2sp.org/tlog-proof@v1\n"))
    #expect(try await Tacet.run(Tacet.executable, read + ["--prove", "nothing"]).status == 66)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: log))
    bytes[30] ^= 1
    try bytes.write(to: URL(fileURLWithPath: log))
    #expect(try await Tacet.run(Tacet.executable, read).status == 65)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
    #expect(try await Tacet.run(Tacet.executable, publish + ["--trained"]).status == 77)

    let inspected = try await Tacet.run("model", "inspect", pack, "--format", "json")
    #expect(try inspected.json()["student_features"] as? Int == 2)
    #expect(try await Tacet.run("model", "inspect", folder.path).status == 66)
  }
}
