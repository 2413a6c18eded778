import Foundation
import Testing

/// `tacet privacy sample` as its readers meet it: bytes on standard output.
@Suite struct PrivacySampleTests {
  /// Runs a shell script in which `$0` is the command.
  private static func shell(_ script: String) async throws -> Tacet.Result {
    try await Tacet.run(URL(fileURLWithPath: "/bin/bash"), ["-c", "set -o pipefail; " + script, Tacet.executable.path])
  }

  @Test(
    "Bytes at scale 8, 16 bits elsewhere, as many as asked, across chunks",
    arguments: [
      (8, 600_000, 600_000), (16, 300_000, 600_000), (500, 1, 2),
    ])
  func sizes(scale: Int, count: Int, bytes: Int) async throws {
    for precision in ["narrow", "128"] {
      let result = try await Self.shell(
        "$0 privacy sample --scale \(scale) --count \(count) --precision \(precision) | wc -c")
      #expect(result.status == 0)
      #expect(Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)) == bytes)
    }
  }

  @Test("Little-endian numbers of variance S²: 2^16 samples of scale 64 within 6.5 standard errors, false alarm 1e-10")
  func variance() async throws {
    let result = try await Self.shell("$0 privacy sample --scale 64 --count 65536 | od -An -v -td2 --endian=little -w2")
    let squares = result.output.split(separator: "\n").compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
      .map { $0 * $0 }
    #expect(squares.count == 65_536)
    let variance = squares.reduce(0, +) / 65_536
    #expect(abs(variance / (64 * 64) - 1) < 6.5 * (2.0 / 65_536).squareRoot())
  }

  @Test("Two processes never repeat: 256 samples agree by chance with probability below 1e-360")
  func processesDiffer() async throws {
    let one = try await Self.shell("$0 privacy sample --scale 8 --count 256 | od -An -td1")
    let other = try await Self.shell("$0 privacy sample --scale 8 --count 256 | od -An -td1")
    #expect(!one.output.isEmpty)
    #expect(one.output != other.output)
  }

  @Test("A reader that closes its end is no error, and ends even the longest run")
  func closedPipe() async throws {
    let result = try await Self.shell("$0 privacy sample --scale 8 --count 1000000000000 | head -c 10 | wc -c")
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
  }

  @Test("A disk that is full is", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() async throws {
    let result = try await Self.shell("$0 privacy sample --scale 8 --count 10 > /dev/full")
    #expect(result.status == 74)
  }

  @Test(
    "Values out of range are usage errors",
    arguments: [
      ["--scale", "7", "--count", "1"], ["--scale", "2049", "--count", "1"], ["--scale", "8", "--count", "0"],
      ["--scale", "8", "--count", "-1"], ["--scale", "8", "--count", "x"],
      ["--scale", "8", "--count", "1", "--precision", "32"],
    ])
  func refuses(arguments: [String]) async throws {
    let result = try await Tacet.run(Tacet.executable, ["privacy", "sample"] + arguments)
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
  }
}
