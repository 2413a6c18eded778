import Foundation

/// A copy of this process, made by fork(), that draws samples and hands them back through a pipe.
///
/// Swift hides fork(), because a child of many threads may find locks held for ever. Such a child is ended by its alarm,
/// and the fork is tried again, up to ten times: a lock would have to be held at the very moment of each.
struct ForkedChild {
  private let draw: () -> [Int16]?

  init(draw: @escaping () -> [Int16]?) { self.draw = draw }

  /// The child's samples, or nil if no child could give them.
  func samples(count: Int) throws -> [Int16]? {
    for _ in 0..<10 {
      if let samples = try attempt(count: count) { return samples }
    }
    return nil
  }

  private func attempt(count: Int) throws -> [Int16]? {
    typealias Fork = @convention(c) () -> pid_t
    // RTLD_DEFAULT: nil on Linux, -2 on macOS, where it is not imported as a pointer.
    #if canImport(Darwin)
      let everywhere = UnsafeMutableRawPointer(bitPattern: -2)
    #else
      let everywhere: UnsafeMutableRawPointer? = nil
    #endif
    guard let symbol = dlsym(everywhere, "fork") else { return nil }
    let fork = unsafeBitCast(symbol, to: Fork.self)
    let pipe = Pipe()
    let output = pipe.fileHandleForWriting.fileDescriptor
    let child = fork()
    if child == 0 {
      alarm(5)
      let drawn = draw() ?? []
      _ = drawn.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
      _exit(0)
    }
    guard child > 0 else { return nil }
    try pipe.fileHandleForWriting.close()
    let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
    var status: Int32 = 0
    waitpid(child, &status, 0)
    guard bytes.count == 2 * count else { return nil }
    return bytes.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
  }
}
