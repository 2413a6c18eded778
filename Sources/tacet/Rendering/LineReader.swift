import Foundation

/// Reads lines as they come: a batch is what one read brings, so that a writer who waits for answers gets them, and one
/// who does not is served in bulk.
struct LineReader: ~Copyable {
  private let descriptor: Int32
  private let path: String
  private let longestLine: Int
  private var rest: [UInt8] = []
  private var isAtEnd = false

  /// Opens a file, or standard input for `-`.
  /// - Parameter longestLine: in bytes; a longer one is an error.
  init(path: String, longestLine: Int = 1 << 20) throws {
    self.path = path
    self.longestLine = longestLine
    descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw LedgerFailure.missing("\(path) does not exist or cannot be read") }
  }

  deinit {
    if descriptor > 0 { close(descriptor) }
  }

  /// The next whole lines, without their line feeds; nil at the end. A last line may lack its line feed.
  mutating func next() throws -> [[UInt8]]? {
    while !isAtEnd {
      let chunk = try read()
      isAtEnd = chunk.isEmpty
      guard !isAtEnd else { break }
      guard let end = chunk.lastIndex(of: 0x0A) else {
        rest += chunk
        guard rest.count <= longestLine else {
          throw LedgerFailure.malformed("\(path): a line is longer than \(longestLine) bytes")
        }
        continue
      }
      var lines = chunk[..<end].split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
      // The first line began in earlier chunks; a long one is not copied again.
      rest += lines[0]
      swap(&lines[0], &rest)
      rest = Array(chunk[(end + 1)...])
      return lines
    }
    guard !rest.isEmpty else { return nil }
    defer { rest = [] }
    return [rest]
  }

  private func read() throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = buffer.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 { return Array(buffer.prefix(count)) }
      guard errno == EINTR else {
        throw LedgerFailure(exitStatus: .inputOutput, description: "\(path): \(String(cString: strerror(errno)))")
      }
    }
  }
}
