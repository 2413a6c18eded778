public import Foundation
import Yams

/// A mapping of a document: asked for its keys one by one, and at the end whether it has others.
///
/// A value asked for as something it is not, or out of range, throws a ``DocumentError`` with its line and what is
/// allowed.
public final class DocumentMapping {
  /// The keys, in order of the file.
  public let keys: [String]

  private let file: String
  private let path: String
  private let line: Int
  private let values: [String: Node]
  private let lines: [String: Int]
  private var asked: Set<String> = []
  private var children: [DocumentMapping] = []

  init(_ mapping: Node.Mapping, file: String, path: String, line: Int) throws(DocumentError) {
    self.file = file
    self.path = path
    self.line = line
    var keys: [String] = []
    var values: [String: Node] = [:]
    var lines: [String: Int] = [:]
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        throw DocumentError(
          kind: .malformed, file: file, line: key.mark?.line ?? line, problem: "a key must be a plain word")
      }
      keys.append(scalar.string)
      values[scalar.string] = value
      lines[scalar.string] = key.mark?.line ?? line
    }
    self.keys = keys
    self.values = values
    self.lines = lines
  }

  /// Whether what is under `key` has keys of its own.
  public func isMapping(_ key: String) -> Bool {
    asked.insert(key)
    return if case .mapping? = values[key] { true } else { false }
  }

  /// Whether what is under `key` is a list.
  public func isList(_ key: String) -> Bool {
    asked.insert(key)
    return if case .sequence? = values[key] { true } else { false }
  }

  /// Whether the key is there.
  public func has(_ key: String) -> Bool {
    values[key] != nil
  }

  /// Checks that every key was asked for, here and in all mappings below that were asked for.
  /// - Throws: ``DocumentError`` naming the first unknown key and the nearest known one.
  public func finish() throws(DocumentError) {
    for key in keys where !asked.contains(key) {
      let known = asked.sorted()
      let hint =
        Self.nearest(to: key, in: known).map { "did you mean \($0)?" } ?? "known are \(known.joined(separator: ", "))"
      throw error(key, "unknown key \(path)\(key): \(hint)")
    }
    for child in children { try child.finish() }
  }

  // MARK: Parts

  /// The mapping under `key`.
  public func mapping(_ key: String) throws(DocumentError) -> DocumentMapping {
    guard case .mapping(let mapping) = try value(key) else { throw error(key, "\(path)\(key) must be a mapping") }
    let child = try DocumentMapping(mapping, file: file, path: "\(path)\(key).", line: lines[key] ?? line)
    children.append(child)
    return child
  }

  /// The mapping under `key`, or nil where the key is absent.
  public func optionalMapping(_ key: String) throws(DocumentError) -> DocumentMapping? {
    asked.insert(key)
    return has(key) ? try mapping(key) : nil
  }

  /// The mappings in the list under `key`.
  public func mappings(_ key: String) throws(DocumentError) -> [DocumentMapping] {
    var result: [DocumentMapping] = []
    for (index, node) in try list(key).enumerated() {
      guard case .mapping(let mapping) = node else { throw error(key, "\(path)\(key) must be a list of mappings") }
      let child = try DocumentMapping(
        mapping, file: file, path: "\(path)\(key)[\(index)].", line: node.mark?.line ?? line)
      children.append(child)
      result.append(child)
    }
    return result
  }

  /// The mappings in the list under `key`; none where the key is absent.
  public func optionalMappings(_ key: String) throws(DocumentError) -> [DocumentMapping] {
    asked.insert(key)
    return has(key) ? try mappings(key) : []
  }

  /// The words in the list under `key`.
  public func strings(_ key: String) throws(DocumentError) -> [String] {
    var result: [String] = []
    for node in try list(key) {
      guard case .scalar(let scalar) = node else { throw error(key, "\(path)\(key) must be a list of words") }
      result.append(scalar.string)
    }
    return result
  }

  /// The words under `key`: one, or a list; none where the key is absent.
  public func optionalStrings(_ key: String) throws(DocumentError) -> [String] {
    asked.insert(key)
    guard let value = values[key] else { return [] }
    if case .sequence = value { return try strings(key) }
    return [try string(key)]
  }

  /// The numbers in the list under `key`, or nil where the key is absent.
  public func optionalNumbers(_ key: String, in range: ClosedRange<Double>) throws(DocumentError) -> [Double]? {
    asked.insert(key)
    return has(key) ? try numbers(key, in: range) : nil
  }

  /// The whole numbers in the list under `key`.
  public func integers(_ key: String, in range: ClosedRange<Int>) throws(DocumentError) -> [Int] {
    var result: [Int] = []
    for word in try strings(key) {
      guard let number = Int(word), range.contains(number) else {
        throw error(
          key, "\(path)\(key) must be a list of whole numbers from \(range.lowerBound) to \(range.upperBound)")
      }
      result.append(number)
    }
    return result
  }

  /// The numbers in the list under `key`.
  public func numbers(_ key: String, in range: ClosedRange<Double>) throws(DocumentError) -> [Double] {
    var result: [Double] = []
    for word in try strings(key) {
      guard let number = Double(word), range.contains(number) else {
        throw error(key, "\(path)\(key) must be a list of numbers from \(range.lowerBound) to \(range.upperBound)")
      }
      result.append(number)
    }
    return result
  }

  // MARK: Scalars

  /// The text under `key`, not empty.
  public func string(_ key: String) throws(DocumentError) -> String {
    guard case .scalar(let scalar) = try value(key), !scalar.string.isEmpty else {
      throw error(key, "\(path)\(key) must be a text")
    }
    return scalar.string
  }

  /// The word under `key`, one of those allowed.
  public func choice(_ key: String, of allowed: [String]) throws(DocumentError) -> String {
    let word = try string(key)
    guard allowed.contains(word) else {
      throw error(key, "\(path)\(key) is \(word), allowed: \(allowed.joined(separator: ", "))")
    }
    return word
  }

  /// The whole number under `key`.
  public func integer(_ key: String, in range: ClosedRange<Int>) throws(DocumentError) -> Int {
    let word = try string(key)
    guard let number = Int(word), range.contains(number) else {
      throw error(
        key, "\(path)\(key) is \(word), allowed: a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The whole number under `key`, or nil where the key is absent.
  public func optionalInteger(_ key: String, in range: ClosedRange<Int>) throws(DocumentError) -> Int? {
    asked.insert(key)
    return has(key) ? try integer(key, in: range) : nil
  }

  /// The number under `key`.
  public func number(_ key: String, in range: ClosedRange<Double>) throws(DocumentError) -> Double {
    let word = try string(key)
    guard let number = Double(word), range.contains(number) else {
      throw error(key, "\(path)\(key) is \(word), allowed: a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The number under `key`, or nil where the key is absent.
  public func optionalNumber(_ key: String, in range: ClosedRange<Double>) throws(DocumentError) -> Double? {
    asked.insert(key)
    return has(key) ? try number(key, in: range) : nil
  }

  /// The time span under `key`, as `200ms`, `30s`, `15m`, `24h` or `7d`.
  public func duration(_ key: String, in range: ClosedRange<Duration>) throws(DocumentError) -> Duration {
    let word = try string(key)
    guard let duration = Self.duration(word), range.contains(duration) else {
      throw error(
        key,
        "\(path)\(key) is \(word), allowed: a time from \(range.lowerBound) to \(range.upperBound), as 200ms, 30s or 24h"
      )
    }
    return duration
  }

  /// The time span under `key`, or nil where the key is absent.
  public func optionalDuration(_ key: String, in range: ClosedRange<Duration>) throws(DocumentError) -> Duration? {
    asked.insert(key)
    return has(key) ? try duration(key, in: range) : nil
  }

  /// `true` or `false` under `key`, or nil where the key is absent.
  public func optionalBoolean(_ key: String) throws(DocumentError) -> Bool? {
    asked.insert(key)
    return has(key) ? try choice(key, of: ["true", "false"]) == "true" : nil
  }

  /// The text under `key`, or nil where the key is absent.
  public func optionalString(_ key: String) throws(DocumentError) -> String? {
    asked.insert(key)
    return has(key) ? try string(key) : nil
  }

  /// The instant under `key`, as `2026-01-31T07:00:00Z` (RFC 3339, whole seconds).
  public func date(_ key: String) throws(DocumentError) -> Date {
    let word = try string(key)
    guard let date = try? Date(word, strategy: .iso8601) else {
      throw error(key, "\(path)\(key) is \(word), allowed: a time as 2026-01-31T07:00:00Z")
    }
    return date
  }

  // MARK: Support

  /// An error about the value of `key`, with its line.
  public func error(_ key: String, _ problem: String) -> DocumentError {
    DocumentError(kind: .malformed, file: file, line: lines[key] ?? line, problem: problem)
  }

  private func value(_ key: String) throws(DocumentError) -> Node {
    asked.insert(key)
    guard let value = values[key] else {
      throw DocumentError(
        kind: .malformed, file: file, line: line, problem: "the key \(path)\(key) is missing\(hint(missing: key))")
    }
    return value
  }

  /// What the missing key may have been misspelt as.
  private func hint(missing key: String) -> String {
    let unasked = keys.filter { !asked.contains($0) }
    return Self.nearest(to: key, in: unasked).map { ": did you mean it by \($0)?" } ?? ""
  }

  private func list(_ key: String) throws(DocumentError) -> [Node] {
    guard case .sequence(let sequence) = try value(key) else { throw error(key, "\(path)\(key) must be a list") }
    return Array(sequence)
  }

  private static func duration(_ word: String) -> Duration? {
    let digits = word.prefix { $0.isASCII && $0.isNumber }
    guard digits.count <= 9, let number = Int64(digits) else { return nil }
    return switch word.dropFirst(digits.count) {
    case "ms": .milliseconds(number)
    case "s": .seconds(number)
    case "m": .seconds(number * 60)
    case "h": .seconds(number * 3600)
    case "d": .seconds(number * 86400)
    default: nil
    }
  }

  /// The known word that differs least from `word`, if it is near.
  private static func nearest(to word: String, in known: [String]) -> String? {
    known.map { ($0, distance(word, $0)) }.filter { $0.1 <= max(2, word.count / 3) }.min { $0.1 < $1.1 }?.0
  }

  /// The number of insertions, deletions and replacements between two words (Levenshtein).
  private static func distance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first), Array(second))
    var row = Array(0...b.count)
    for (i, character) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in b.enumerated() {
        (diagonal, row[j + 1]) = (row[j + 1], min(row[j + 1] + 1, row[j] + 1, diagonal + (character == other ? 0 : 1)))
      }
    }
    return row[b.count]
  }
}
