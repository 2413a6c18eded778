import Foundation
import Testing

/// Many agents at one `ca serve`, and a server that is killed among them; the agents are Python's.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EnrolmentRaceTests {
  private struct Answer: Decodable, Hashable {
    let token: Int
    let agent: Int
    let status: Int
    let chain: String?
  }

  private func tokens(_ authority: AuthorityOnDisk, ids: [String]) async throws {
    var texts: [String] = []
    for id in ids {
      let made = try await Tacet.run(
        "ca", "token", "--id", id, "--state", authority.path("state"), "--format", "json"
      ).json()
      texts.append(try #require(made["token"] as? String))
    }
    try authority.write(texts.joined(separator: "\n"), to: "tokens")
    try await authority.succeed("bundle", "--out", authority.path("bundle.pem"))
  }

  private func redeem(
    _ authority: AuthorityOnDisk, at port: Int, agents: Int = 1, from start: Date = Date()
  ) async throws -> [Answer] {
    let python = Tacet.project.appendingPathComponent(".tools/python/bin/python").path
    let script = Tacet.project.appendingPathComponent("Tests/Interop/enrol_clients.py").path
    let result = try await Tacet.run(
      URL(fileURLWithPath: "/bin/sh"),
      [
        "-c", "cd \"$0\" && exec \"$@\" < tokens", authority.folder.path, python, script,
        "--target", "localhost:\(port)", "--roots", "bundle.pem", "--work", "requests", "--agents", "\(agents)",
        "--start", "\(start.timeIntervalSince1970)",
      ])
    try #require(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode([Answer].self, from: Data(result.output.utf8))
  }

  @Test func ofAHundredAgentsWithOneTokenOneWins() async throws {
    let authority = try await AuthorityOnDisk()
    try await tokens(authority, ids: ["camera/site-1"])
    let server = try await RunningAuthority(authority)
    let answers = try await redeem(authority, at: server.enrol, agents: 100)
    let winners = answers.filter { $0.status == 200 }
    #expect(winners.count == 1)
    #expect(answers.filter { $0.status == 409 }.count == 99, "\(Set(answers.map(\.status)))")
    // Asked again, each gets what it got.
    let again = try await redeem(authority, at: server.enrol, agents: 100)
    #expect(again == answers)
    #expect(try await authority.list().filter { ($0["spiffe_id"] as? String)?.contains("camera") ?? false }.count == 1)
    #expect(server.stop() == 0)
  }

  /// Whenever the server dies: no token is good for two certificates, none is burnt, and who was answered is in the log.
  @Test func killedWhileTheyEnrol() async throws {
    let authority = try await AuthorityOnDisk()
    var (lost, answered) = (0, 0)
    for round in 0..<8 {
      let ids = (0..<20).map { "camera/site-\(round)-\($0)" }
      try await tokens(authority, ids: ids)
      let server = try await RunningAuthority(authority)
      let start = Date(timeIntervalSinceNow: 1)
      async let asked = redeem(authority, at: server.enrol, from: start)
      try await Task.sleep(for: .seconds(start.timeIntervalSinceNow) + .milliseconds(20 + 25 * round))
      server.killHard()
      let first = try await asked
      let next = try await RunningAuthority(authority)
      let second = try await redeem(authority, at: next.enrol)
      next.killHard()
      #expect(second.filter { $0.status == 200 }.count == ids.count, "\(second.map(\.status))")
      for (before, after) in zip(first, second) where before.status == 200 {
        #expect(before == after, "a token was good for two certificates")
      }
      lost += first.filter { $0.status == 0 }.count
      answered += first.filter { $0.status == 200 }.count
    }
    print("\(lost) answers were lost, \(answered) came before the server died")
    #expect(lost > 0 && answered > 0)
    let issued = try await authority.list().compactMap { $0["spiffe_id"] as? String }.filter { $0.contains("camera") }
    #expect(issued.count == 160 && Set(issued).count == 160)
    #expect(try await authority.run("log", "verify").status == 0)
  }
}
