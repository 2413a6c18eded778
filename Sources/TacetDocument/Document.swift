public import Foundation
import Yams

/// Strict YAML documents: every key is known, every value in range, or an error says where and what is allowed.
public enum Document {
  /// The largest file that is read, in bytes.
  public static let maximumBytes = 1 << 20

  /// Reads a file whose root is a mapping.
  ///
  /// - Throws: ``DocumentError`` when the file is missing, too large, not UTF-8, not YAML, or no mapping. Whether its keys and
  ///   values are right is found out by asking for them, and by ``DocumentMapping/finish()``.
  public static func load(from file: URL) throws(DocumentError) -> DocumentMapping {
    try parse(try read(file), file: file.path)
  }

  /// The bytes of a document, within the limit.
  /// - Throws: ``DocumentError`` of kind missing.
  package static func read(_ file: URL) throws(DocumentError) -> Data {
    func missing(_ problem: String) -> DocumentError {
      DocumentError(kind: .missing, file: file.path, line: nil, problem: problem)
    }
    // A pipe without a writer must not hold us up.
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw missing(errno == ENOENT ? "there is no such file" : "cannot be read") }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    if isKnown, status.st_mode & S_IFMT == S_IFDIR { throw missing("is a folder") }
    guard isKnown, status.st_mode & S_IFMT == S_IFREG else {
      throw DocumentError(kind: .malformed, file: file.path, line: nil, problem: "is not a file")
    }
    let data: Data
    do {
      data = try handle.read(upToCount: maximumBytes + 1) ?? Data()
    } catch {
      throw missing("cannot be read")
    }
    guard data.count <= maximumBytes else {
      throw DocumentError(
        kind: .malformed, file: file.path, line: nil, problem: "is longer than \(maximumBytes) bytes")
    }
    return data
  }

  /// Parses the bytes of a document.
  /// - Parameter file: the name for errors.
  package static func parse(_ data: Data, file: String) throws(DocumentError) -> DocumentMapping {
    func malformed(_ problem: String, line: Int? = nil) -> DocumentError {
      DocumentError(kind: .malformed, file: file, line: line, problem: problem)
    }
    guard let text = String(data: data, encoding: .utf8) else { throw malformed("is not UTF-8 text") }
    if let line = lineOfAlias(in: data) {
      throw malformed("anchors and aliases (&name, *name) are not allowed: write the value out", line: line)
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _)
    {
      throw malformed("is not YAML: \(problem)", line: mark.line)
    } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
      throw malformed("the key \(duplicates.sorted().joined(separator: ", ")) is there twice", line: context.mark.line)
    } catch {
      throw malformed("is not YAML")
    }
    guard case .mapping(let mapping)? = root else { throw malformed("is not a mapping of keys to values", line: 1) }
    return try DocumentMapping(mapping, file: file, path: "", line: root?.mark?.line ?? 1)
  }

  /// The first line with what could be an anchor or an alias, anywhere: a few of them can stand for a value of
  /// exponential size. Errs on the strict side (quoted text and comments count), never on the other: an indicator is
  /// only one where no letter or digit stands before it and a character of a name follows.
  private static func lineOfAlias(in data: Data) -> Int? {
    var line = 1
    var previous: UInt8 = 0x0A
    var mark = false
    for byte in data {
      if mark, byte > 0x20 { return line }
      mark = (byte == 0x26 || byte == 0x2A) && !isLetterOrDigit(previous)
      if byte == 0x0A { line += 1 }
      previous = byte
    }
    return nil
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
