import Foundation
import Testing

/// A node that holds a lifeline ends clean, each time, when standard input does.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LifelineTests {
  @Test func theEndOfStandardInputStopsTheNode() async throws {
    let bench = try await Bench()
    _ = try bench.writePolicy()
    let configuration = try bench.writeGateway()
    for _ in 0..<8 {
      let result = try await Tacet.run(
        URL(fileURLWithPath: "/bin/sh"),
        [
          "-c", "sleep 0.4 | exec \"$0\" node run --lifeline --config \"$1\"", Tacet.executable.path,
          configuration.path,
        ])
      #expect(result.status == 0, "\(result.errors)")
    }
  }
}
