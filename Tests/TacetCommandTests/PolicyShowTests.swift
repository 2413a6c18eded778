import Foundation
import Testing

/// `tacet policy show` of a policy of contributions: one passage is told from all that an individual may have in a window.
@Suite struct PolicyShowTests {
  @Test func aPassageAWindowAndTrips() async throws {
    let policy = try String(
      contentsOf: Tacet.project.appendingPathComponent("Policies/strict.yaml"), encoding: .utf8)
    let lines = policy.components(separatedBy: "\n").filter { !$0.hasPrefix("  radius:") }.map {
      $0.hasPrefix("  unit:") ? "  unit: contribution\n  filter: [3, 4]\n  passages: 3\n  bound: 1\n  steps: 9" : $0
    }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-\(UUID().uuidString).yaml")
    try Data(lines.joined(separator: "\n").utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let show = try await Tacet.run("policy", "show", file.path, "--format", "json").json()
    let plan = try #require(show["contribution"] as? [String: Any])
    let passage = try #require(plan["passage"] as? [String: Any])
    let trips = try #require(plan["trips"] as? [[String: Any]])
    func mu(_ report: [String: Any]) throws -> Double { try #require(report["mu"] as? Double) }
    // Δ is 5 for one passage and 15 for three, S is 64; devices' noises are independent.
    #expect(abs(try mu(passage) - 5 / 64.0) < 1e-9)
    for (trip, devices) in zip(trips, [1.0, 2, 4, 8]) {
      #expect(trip["devices"] as? Double == devices && trip["delta"] as? Double == 1e-6)
      #expect(abs(try mu(trip) - 15 / 64.0 * devices.squareRoot()) < 1e-9)
    }
    #expect(trips.count == 4)
    let (one, all) = (passage["epsilon"] as? Double ?? 0, trips[0]["epsilon"] as? Double ?? 0)
    #expect(0 < one && one < all)
    let text = try await Tacet.run("policy", "show", file.path).output
    let line = "one individual: one passage epsilon \(String(format: "%.4f", one)) at delta 1e-06; all passages of a"
    #expect(text.contains(line) && text.contains("past 2, 4, 8 such devices"), "\(text)")
  }
}
