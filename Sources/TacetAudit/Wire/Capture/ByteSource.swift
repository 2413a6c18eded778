import Foundation

/// A file read from its beginning to its end, a piece at a time.
struct ByteSource {
  /// The most bytes that may be asked for at once: no packet is as long.
  static let longestPiece = 1 << 24
  private static let chunk = 1 << 20

  let name: String
  /// How many bytes were taken.
  private(set) var offset: UInt64 = 0
  private let handle: FileHandle
  private var buffer: [UInt8] = []
  private var position = 0

  init(_ file: URL) throws(CaptureError) {
    name = file.path
    guard !Self.isFolder(file), let handle = try? FileHandle(forReadingFrom: file) else {
      throw CaptureError(kind: .missing, description: "\(file.path) cannot be opened: is it there, and readable?")
    }
    self.handle = handle
  }

  /// A folder opens, but does not read.
  private static func isFolder(_ file: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// The next bytes; nil at the end of the file.
  /// - Throws: ``CaptureError`` where the file ends within them, or cannot be read.
  mutating func take(_ count: Int) throws(CaptureError) -> [UInt8]? {
    guard (0...Self.longestPiece).contains(count) else {
      throw .malformed(name, at: offset, "a length of \(count) bytes is beyond any packet's")
    }
    while buffer.count - position < count {
      buffer.removeFirst(position)
      position = 0
      guard let more = try next() else { break }
      buffer += more
    }
    let left = buffer.count - position
    if left == 0, count > 0 { return nil }
    guard left >= count else { throw .malformed(name, at: offset, "the file ends here, within a packet") }
    defer {
      position += count
      offset += UInt64(count)
    }
    return Array(buffer[position..<(position + count)])
  }

  private func next() throws(CaptureError) -> Data? {
    do {
      let data = try handle.read(upToCount: Self.chunk)
      return data?.isEmpty ?? true ? nil : data
    } catch {
      throw CaptureError(kind: .inputOutput, description: "\(name) cannot be read on from byte \(offset)")
    }
  }
}
